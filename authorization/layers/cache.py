"""Layer 7, performance: compares what each layer took with its budget. It never changes a decision."""

import structlog

from authorization.deliberation import Deliberation

log = structlog.get_logger(__name__)


def report_slow_layers(deliberation: Deliberation) -> Deliberation:
    """One warning names every layer over its budget."""
    slow = {
        timing.layer: round(timing.duration_ms, 1)
        for timing in deliberation.timings
        if timing.duration_ms > timing.budget_ms
    }
    if slow:
        log.warning("authorization_layers_slow", layers=slow)
    return deliberation
