"""What travels through the layers of each stage. Every layer takes one of these and returns it, changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar
from uuid import UUID

from authorization.facts import Attempt, Decision, Grant, LayerTiming, Pair, Principal, Question, ResourceFacts
from authorization.roles import ALL_PERMISSIONS, Permission

Passage = TypeVar("Passage", "Admission", "LookUp", "Deliberation", "Hearing", "Delivery")


def nothing_to_finish() -> None:
    """Where nobody waits."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Layers 1 to 3: who knocks. `principal` stays None for a request without a token."""

    attempt: Attempt
    principal: Principal | None = None
    timings: tuple[LayerTiming, ...] = ()


@dataclass(frozen=True, slots=True)
class LookUp:
    """Layer 7: what is already `known` of pairs of one resource type; None for each whose facts have to be loaded.

    `finish` is called, however it went, once those are remembered: others may be waiting for it.
    """

    resource_type: str
    pairs: Sequence[Pair]
    known: Sequence[ResourceFacts | None]
    finish: Callable[[], None] = nothing_to_finish
    timings: tuple[LayerTiming, ...] = ()


@dataclass(frozen=True, slots=True)
class Deliberation:
    """Layers 4 to 6: may they.

    Rules add `grants`; the state of the resource limits them by `ceiling`, and in quarantine to a few people.
    """

    question: Question
    grants: tuple[Grant, ...] = ()
    ceiling: frozenset[Permission] = ALL_PERMISSIONS
    is_quarantined: bool = False
    decision: Decision | None = None
    timings: tuple[LayerTiming, ...] = ()

    @property
    def verdict(self) -> Decision:
        """What layer 6 says of every question."""
        if self.decision is None:
            raise AssertionError("layer 6 answers every question")
        return self.decision


@dataclass(frozen=True, slots=True)
class Hearing:
    """Layer 8: all that was decided together, about one resource or a thousand.

    `places` has for each of the resources which of the `deliberations` it was decided in.
    """

    resource_ids: Sequence[UUID]
    places: Sequence[int]
    deliberations: Sequence[Deliberation]
    timings: tuple[LayerTiming, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """Layers 9 and 10: what leaves. `body` is None for a stream; `wants_digest` when the client asked for one."""

    status: int
    media_type: str
    headers: Mapping[str, str]
    body: bytes | None
    wants_digest: bool = False
    timings: tuple[LayerTiming, ...] = ()


def with_timings(passage: Passage, timings: tuple[LayerTiming, ...]) -> Passage:
    """What `dataclasses.replace` does in twice the time, several times for each decision. They are the last field."""
    kind: Any = type(passage)
    renewed: Passage = kind(*_all_but_the_last_of(kind)(passage), timings)
    return renewed


@cache
def _all_but_the_last_of(kind: Any) -> Any:
    return attrgetter(*kind.__match_args__[:-1])
