"""How long each layer takes in this process, kept as histograms: what metrics, reports and tests read."""

from bisect import bisect_left
from dataclasses import dataclass
from typing import Final

from authorization.facts import LayerTiming
from velro.observability.histograms import Distribution, Histogram

# Upper bounds in milliseconds, about a factor of two apart and with every budget of a layer among them.
BOUNDS_MS: Final = (
    0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 25.0, 30.0, 50.0, 100.0, 250.0, 500.0, 1e3,
)  # fmt: skip


@dataclass(frozen=True)
class LayerTimes:
    """What one layer took since the process started. `buckets` has one count per bound and one beyond the last.

    Percentiles are read from the buckets, so they are as fine as the bounds; 0 before the first run. `over_budget` is
    exact for a budget that is one of the bounds.
    """

    layer: str
    budget_ms: float
    count: int
    sum_ms: float
    over_budget: int
    p50_ms: float
    p95_ms: float
    p99_ms: float
    buckets: tuple[int, ...]


# With the budget of each.
_histograms: dict[str, tuple[Histogram, float]] = {}


def observe_layer(timing: LayerTiming) -> None:
    """Count one run of a layer, whether it let the request pass or refused it."""
    observe_stage(timing.layer, timing.duration_ms, budget_ms=timing.budget_ms)


def observe_stage(name: str, duration_ms: float, *, budget_ms: float) -> None:
    """The same of what stands for several layers."""
    kept = _histograms.get(name)
    if kept is None:
        kept = _histograms.setdefault(name, (Histogram(BOUNDS_MS), budget_ms))
    kept[0].add(duration_ms)


def layer_times() -> tuple[LayerTimes, ...]:
    """All layers that ran in this process, in the order in which they first did."""
    return tuple(
        _times_of(layer, histogram.read(), budget_ms=budget_ms)
        for layer, (histogram, budget_ms) in tuple(_histograms.items())
    )


def forget_layer_times() -> None:
    """Start anew; for reports over a span of time, and for tests."""
    _histograms.clear()


def _times_of(layer: str, runs: Distribution, *, budget_ms: float) -> LayerTimes:
    return LayerTimes(
        layer=layer,
        budget_ms=budget_ms,
        count=runs.count,
        sum_ms=runs.total,
        over_budget=sum(runs.buckets[bisect_left(BOUNDS_MS, budget_ms) + 1 :]),
        p50_ms=runs.percentile(0.50),
        p95_ms=runs.percentile(0.95),
        p99_ms=runs.percentile(0.99),
        buckets=runs.buckets,
    )
