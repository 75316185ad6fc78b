"""The ten layers in their order, and the only function that runs them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic

from authorization.deliberation import Admission, Deliberation, Delivery, Hearing, LookUp, Passage, with_timings
from authorization.facts import LayerTiming
from authorization.layer_times import observe_layer
from authorization.layers import (
    audit,
    cache,
    context,
    final,
    identity,
    input_rates,
    input_tokens,
    ownership,
    rbac,
    response,
    team,
)


@dataclass(frozen=True, slots=True)
class Layer(Generic[Passage]):
    """One layer: its place, its name, how long it may take, and what it does."""

    number: int
    name: str
    budget_ms: float
    apply: Callable[[Passage], Passage]


DOOR: tuple[Layer[Admission], ...] = (
    Layer(1, "input", 5, input_rates.charge_address),
    Layer(2, "context", 10, context.refuse_unwelcome),
)
# A person can only be charged once layer 3 knows who it is.
ADMISSION: tuple[Layer[Admission], ...] = (
    Layer(1, "input", 5, input_tokens.refuse_malformed),
    Layer(3, "identity", 15, identity.identify),
    Layer(1, "input", 5, input_rates.charge_person),
)
# Both together, for a door that counts by itself and only those whom it can answer.
UNCOUNTED: tuple[Layer[Admission], ...] = (DOOR[1], *ADMISSION[:2])
# Goes ahead of the layers that decide, which look at nothing but facts.
RECALL: tuple[Layer[LookUp], ...] = (Layer(7, "cache", 5, cache.recall),)
DECISION: tuple[Layer[Deliberation], ...] = (
    Layer(4, "ownership", 20, ownership.grant_to_owner),
    Layer(5, "team", 25, team.grant_to_team),
    Layer(6, "rbac", 30, rbac.resolve),
)
RECORDING: tuple[Layer[Hearing], ...] = (Layer(8, "audit", 5, audit.record_hearing),)
DELIVERY: tuple[Layer[Delivery], ...] = (
    Layer(9, "response", 10, response.forbid_caching_and_framing),
    Layer(10, "final", 5, final.inspect),
)


def run(layers: Sequence[Layer[Passage]], passage: Passage) -> Passage:
    """Apply each layer in turn and note how long it took.

    A layer refuses by raising a VelroError, which ends the run.
    """
    timings: tuple[LayerTiming, ...] = ()
    for layer in layers:
        started = time.perf_counter()
        try:
            passage = layer.apply(passage)
        finally:
            timing = LayerTiming(layer.name, (time.perf_counter() - started) * 1000, layer.budget_ms)
            observe_layer(timing)
        timings += (timing,)
    return with_timings(passage, passage.timings + timings)
