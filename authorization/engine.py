"""The front door of authorization: every door of Velro (views, tasks, the authorize endpoint) asks here."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, islice
from operator import attrgetter, itemgetter
from typing import Final
from uuid import UUID

from authorization import pipeline
from authorization.actions import Action
from authorization.caching.facts import FACTS_CACHE
from authorization.caching.memory import may_remember
from authorization.caching.recall import completed, missing_in
from authorization.caching.shared_facts import Loaded
from authorization.caching.sharing import SHARER
from authorization.deliberation import Admission, Deliberation, Hearing, LookUp
from authorization.errors import PermissionDenied, Unauthenticated
from authorization.facts import Asking, Attempt, Decision, LayerTiming, Pair, Principal, ResourceFacts
from authorization.layer_times import observe_layer
from authorization.layers.cache import report_slow_layers
from authorization.registry import registry
from authorization.roles import Permission
from authorization.sitting import Sitting, each_of
from velro.errors import NotFound, VelroError

FACTS_BUDGET_MS = 20.0
NOBODYS_SESSION = UUID(int=0)
# All but what an answer adds: whether it was remembered, how long it took, and where. `replace` takes twice as long.
_verdict_in: Final = attrgetter(*Decision.__match_args__[:-3])
_decision: Final[Callable[..., Decision]] = Decision


def admit(attempt: Attempt) -> Principal | None:
    """Layers 1 to 3. None for a request without a token; raises a VelroError for one that must not go on."""
    return report_slow_layers(pipeline.run(pipeline.ADMISSION, Admission(attempt))).principal


def require_principal(principal: Principal | None) -> Principal:
    """For actions that need nothing but a signed-in person. Raises Unauthenticated."""
    if principal is None:
        raise Unauthenticated
    return principal


def decide(principal: Principal, action: Action, resource_id: UUID) -> Decision:
    """Layers 4 to 8 for one resource."""
    return decide_many(principal, action, [resource_id])[resource_id]


def decide_many(principal: Principal, action: Action, resource_ids: Sequence[UUID]) -> Mapping[UUID, Decision]:
    """Layers 4 to 8 for many resources, whose facts are loaded in one statement. One record each."""
    return decide_for(principal.user_id, action, resource_ids, asked_by=principal)


def decide_for(
    user_id: UUID, action: Action, resource_ids: Sequence[UUID], *, asked_by: Principal
) -> Mapping[UUID, Decision]:
    """What somebody may do, as asked by somebody who has the right to know. One record each."""
    ids = _each_once(resource_ids)
    return dict(zip(ids, decide_each([Asking(user_id, action, ids, asked_by)]), strict=True))


def decide_each(askings: Sequence[Asking]) -> list[Decision]:
    """The same for several at once, about resources of one type, as asked by those who have the right to know.

    All facts are loaded in one statement. One record and one decision for each resource, in the order of the askings.
    Raises ValueError for resources of several types.
    """
    (resource_type,) = {asking.action.resource for asking in askings}
    pairs = [(asking.user_id, it) for asking in askings for it in asking.resource_ids]
    found = _look_up(resource_type, pairs)
    sitting = Sitting(each_of(found.timings, number=max(len(pairs), 1)))
    try:
        rows = iter(found.facts)
        for asking in askings:
            sitting.hear(asking, list(islice(rows, len(asking.resource_ids))))
        kept = _remember(found)
    finally:
        found.finish()
    SHARER.add(kept)
    hearing = Hearing([it for _, it in pairs], sitting.places, sitting.deliberations, timings=found.timings)
    return _answers(report_slow_layers(pipeline.run(pipeline.RECORDING, hearing)), found.known)


def preload(user_id: UUID, action: Action, resource_ids: Sequence[UUID]) -> int:
    """Look up what will be asked. Nobody learns of it, so nothing is recorded. Returns how many are remembered."""
    ids = _each_once(resource_ids)
    found = _look_up(action.resource, [(user_id, it) for it in ids])
    try:
        Sitting(timings=()).hear(Asking(user_id, action, ids, Principal(user_id, NOBODYS_SESSION)), found.facts)
        kept = _remember(found)
    finally:
        found.finish()
    SHARER.add(kept)
    return len(kept.found)


def require(principal: Principal, action: Action, resource_id: UUID) -> Decision:
    """Like `decide`, but a denial is raised: NotFound for who may not even read, PermissionDenied for who may."""
    decision = decide(principal, action, resource_id)
    if decision.is_allowed:
        return decision
    raise refusal_of(decision)


def refusal_of(decision: Decision) -> VelroError:
    """A denial as an error, for who decides inside a transaction and raises outside, so that its record stays."""
    return PermissionDenied() if Permission.READ in decision.permissions else NotFound()


def _each_once(resource_ids: Iterable[UUID]) -> tuple[UUID, ...]:
    return tuple(dict.fromkeys(resource_ids))


@dataclass(frozen=True, slots=True)
class _Found:
    """What was `known` of each pair, and the `facts` of each that exists, asked for at `position` where not known."""

    resource_type: str
    pairs: Sequence[Pair]
    known: Sequence[ResourceFacts | None]
    facts: Sequence[ResourceFacts | None]
    position: int
    finish: Callable[[], None]
    timings: tuple[LayerTiming, ...]


def _look_up(resource_type: str, pairs: Sequence[Pair]) -> _Found:
    """What layer 7 knows, and one statement for the rest."""
    look_up = pipeline.run(pipeline.RECALL, LookUp(resource_type, pairs, known=[None] * len(pairs)))
    known = look_up.known
    if all(known):
        return _Found(resource_type, pairs, known, known, 0, look_up.finish, look_up.timings)
    started, position = time.perf_counter(), FACTS_CACHE.position
    try:
        facts = completed(known, _load(resource_type, missing_in(known, pairs)))
    except BaseException:
        look_up.finish()
        raise
    loading = LayerTiming("facts", (time.perf_counter() - started) * 1000, FACTS_BUDGET_MS)
    observe_layer(loading)
    return _Found(resource_type, pairs, known, facts, position, look_up.finish, (*look_up.timings, loading))


def _load(resource_type: str, pairs: Sequence[Pair]) -> Sequence[ResourceFacts | None]:
    kind = registry.resource_type(resource_type)
    # Looked for by name, because to ask for a protocol takes long.
    if facts_of := getattr(kind, "facts_of", None):
        found: Sequence[ResourceFacts | None] = facts_of(pairs)
        return found
    facts: list[ResourceFacts | None] = []
    for user_id, of_one in groupby(pairs, key=itemgetter(0)):
        ids = [it for _, it in of_one]
        found_of_one = kind.facts_for(user_id, ids)
        facts += [found_of_one.get(it) for it in ids]
    return facts


def _remember(found: _Found) -> Loaded:
    """What the person may read. The rest is looked up each time, as what does not exist is, and takes as long."""
    if found.facts is found.known or not may_remember():
        return Loaded(found.resource_type, (), found.position)
    loaded = [
        (pair, facts)
        for pair, known, facts in zip(found.pairs, found.known, found.facts, strict=True)
        if known is None and facts is not None and _is_readable(facts)
    ]
    FACTS_CACHE.keep(found.resource_type, loaded, position=found.position)
    return Loaded(found.resource_type, loaded, found.position)


def _is_readable(facts: ResourceFacts) -> bool:
    return any(Permission.READ in verdict.permissions for verdict in facts.verdicts.values())


def _answers(hearing: Hearing, known: Sequence[ResourceFacts | None]) -> list[Decision]:
    """One for each resource; those alike are one object."""
    recording = hearing.timings[-1]
    answers: dict[tuple[int, bool], Decision] = {}
    decisions = []
    for place, remembered in zip(hearing.places, known, strict=True):
        of_all = place, remembered is not None
        answer = answers.get(of_all)
        if answer is None:
            answer = answers[of_all] = _timed(hearing.deliberations[place], recording, is_cache_hit=of_all[1])
        decisions.append(answer)
    return decisions


def _timed(deliberation: Deliberation, recording: LayerTiming, *, is_cache_hit: bool) -> Decision:
    timings = (*deliberation.timings, recording)
    spent_ms = round(sum(timing.duration_ms for timing in timings), 3)
    return _decision(*_verdict_in(deliberation.verdict), is_cache_hit, spent_ms, timings)
