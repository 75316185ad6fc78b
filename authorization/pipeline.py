"""The ten layers in their order, and the only function that runs them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from authorization.deliberation import Admission, Deliberation, Delivery
from authorization.facts import LayerTiming
from authorization.layers import audit, cache, context, final, identity, ownership, rbac, response, team
from authorization.layers import input as input_layer

Passage = TypeVar("Passage", Admission, Deliberation, Delivery)


@dataclass(frozen=True, slots=True)
class Layer(Generic[Passage]):
    """One layer: its place, its name, how long it may take, and what it does."""

    number: int
    name: str
    budget_ms: float
    apply: Callable[[Passage], Passage]


ADMISSION: tuple[Layer[Admission], ...] = (
    Layer(1, "input", 5, input_layer.refuse_malformed),
    Layer(2, "context", 10, context.refuse_denied_networks),
    Layer(3, "identity", 15, identity.identify),
)
DECISION: tuple[Layer[Deliberation], ...] = (
    Layer(4, "ownership", 20, ownership.grant_to_owner),
    Layer(5, "team", 25, team.grant_to_team),
    Layer(6, "rbac", 30, rbac.resolve),
    Layer(7, "cache", 5, cache.report_slow_layers),
    Layer(8, "audit", 5, audit.record_decision),
)
DELIVERY: tuple[Layer[Delivery], ...] = (
    Layer(9, "response", 10, response.forbid_caching_and_framing),
    Layer(10, "final", 5, final.inspect),
)


def run(layers: Sequence[Layer[Passage]], passage: Passage) -> Passage:
    """Apply each layer in turn and note how long it took.

    A layer refuses by raising a VelroError, which ends the run.
    """
    for layer in layers:
        started = time.perf_counter()
        passage = layer.apply(passage)
        spent_ms = (time.perf_counter() - started) * 1000
        passage = replace(passage, timings=(*passage.timings, LayerTiming(layer.name, spent_ms, layer.budget_ms)))
    return passage
