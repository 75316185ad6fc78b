"""Layers 4 to 6 for many resources at once: those in which the layers see the same are decided once."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from authorization import pipeline
from authorization.deliberation import Deliberation
from authorization.facts import (
    AccessMethod,
    Asking,
    Decision,
    LayerTiming,
    Path,
    Question,
    ResourceFacts,
    ResourceState,
)
from authorization.roles import Permission, Role

NOT_YET: Final = -1
NO_RESOURCE: Final = UUID(int=0)
# All that layers 4 to 6 are shown of a resource; None of one that does not exist.
Way = tuple[AccessMethod, Role | None, frozenset[Permission] | None]
Grounds = tuple[ResourceState, tuple[Way, ...]] | None

# Of equal verdicts the first, for everybody, so that those alike are known by being the very same. A verdict is a
# reason, a method, a role and two sets of permissions: there are few.
_verdicts: dict[Decision, Decision] = {}


@dataclass(slots=True)
class Sitting:
    """Several are heard, one after the other.

    `places` has for each resource, in the order in which it was asked about, which of the `deliberations` it was
    decided in. `timings` are what each of them took before.
    """

    timings: tuple[LayerTiming, ...]
    deliberations: list[Deliberation] = field(default_factory=list)
    places: list[int] = field(default_factory=list)

    def hear(self, asking: Asking, rows: Sequence[ResourceFacts | None]) -> None:
        """Layers 4 to 6 on the facts of all that is asked about, unless they have seen these very facts before."""
        action, places, first = asking.action, self.places, len(self.places)
        recalled: dict[int, int] = {}
        unseen: dict[Grounds, list[int]] = {}
        for row in rows:
            verdict = None if row is None else row.verdicts.get(action)
            if verdict is None:
                place = NOT_YET
                unseen.setdefault(_grounds_of(row), []).append(len(places))
            elif (place := recalled.get(id(verdict), NOT_YET)) == NOT_YET:
                place = recalled[id(verdict)] = len(self.deliberations)
                self.deliberations.append(Deliberation(_about(asking), decision=verdict, timings=self.timings))
            places.append(place)
        for grounds, positions in unseen.items():
            self._decide_alike(asking, grounds, [rows[position - first] for position in positions])
            for position in positions:
                places[position] = len(self.deliberations) - 1

    def _decide_alike(self, asking: Asking, grounds: Grounds, rows: Sequence[ResourceFacts | None]) -> None:
        """The layers are shown nothing but the grounds, so nothing else can make a difference."""
        deliberation = pipeline.run(pipeline.DECISION, Deliberation(_about(asking, _bare_facts(grounds))))
        verdict = _verdicts.setdefault(deliberation.verdict, deliberation.verdict)
        timings = (*self.timings, *each_of(deliberation.timings, number=len(rows)))
        self.deliberations.append(Deliberation(deliberation.question, decision=verdict, timings=timings))
        for row in rows:
            if row is not None:
                row.verdicts[asking.action] = verdict


def each_of(timings: Sequence[LayerTiming], *, number: int) -> tuple[LayerTiming, ...]:
    """What each of so many took of the time that they took together."""
    if number == 1:
        return tuple(timings)
    return tuple(replace(timing, duration_ms=timing.duration_ms / number) for timing in timings)


def _about(asking: Asking, facts: ResourceFacts | None = None) -> Question:
    return Question(asking.user_id, asking.action, NO_RESOURCE, facts, asking.asked_by, asking.origin)


def _grounds_of(facts: ResourceFacts | None) -> Grounds:
    return None if facts is None else (facts.state, tuple([(it.method, it.role, it.mask) for it in facts.paths]))


def _bare_facts(grounds: Grounds) -> ResourceFacts | None:
    if grounds is None:
        return None
    state, ways = grounds
    return ResourceFacts(NO_RESOURCE, state=state, paths=tuple(Path(*way) for way in ways))
