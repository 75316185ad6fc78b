"""Layer 7, performance: recalls what cannot have changed, and compares what the layers took with their budgets."""

from typing import TypeVar

import structlog

from authorization.caching.memory import may_remember
from authorization.caching.recall import recall as recall_facts
from authorization.deliberation import Admission, Delivery, Hearing, LookUp

log = structlog.get_logger(__name__)

Passage = TypeVar("Passage", Admission, Hearing, Delivery)


def recall(look_up: LookUp) -> LookUp:
    """Answer from memory, or from what processes share, what can be."""
    if not may_remember():
        return look_up
    known, finish = recall_facts(look_up.resource_type, look_up.pairs)
    return LookUp(look_up.resource_type, look_up.pairs, known, finish)


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
