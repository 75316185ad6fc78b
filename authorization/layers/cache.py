"""Layer 7, performance: compares what the layers took with their budgets. It never changes a decision."""

from typing import TypeVar

import structlog

from authorization.deliberation import Admission, Deliberation, Delivery

log = structlog.get_logger(__name__)

Passage = TypeVar("Passage", Admission, Deliberation, Delivery)


def report_slow_layers(passage: Passage) -> Passage:
    """One warning names every layer over its budget, on the way in, in a decision, or on the way out."""
    slow = {
        timing.layer: round(timing.duration_ms, 1)
        for timing in passage.timings
        if timing.duration_ms > timing.budget_ms
    }
    if slow:
        log.warning("authorization_layers_slow", layers=slow)
    return passage
