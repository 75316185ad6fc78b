"""The front door of authorization: every door of Velro (views, tasks, the authorize endpoint) asks here."""

import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Final
from uuid import UUID

from authorization import pipeline
from authorization.actions import Action
from authorization.caching.facts import FACTS_CACHE
from authorization.caching.memory import may_remember
from authorization.caching.recall import remember
from authorization.deliberation import Admission, Deliberation, Hearing, LookUp
from authorization.errors import PermissionDenied, Unauthenticated
from authorization.facts import Attempt, Decision, LayerTiming, Principal, ResourceFacts
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
    found = _look_up(user_id, action.resource, ids)
    facts, known = found.facts, found.known
    sitting = Sitting(user_id, action, asked_by, each_of(found.timings, number=max(len(ids), 1)))
    try:
        sitting.decide([facts.get(it) for it in ids])
        _remember(found)
    finally:
        found.finish()
    hearing = Hearing(ids, sitting.places, sitting.deliberations, timings=found.timings)
    return _answers(report_slow_layers(pipeline.run(pipeline.RECORDING, hearing)), known)


def preload(user_id: UUID, action: Action, resource_ids: Sequence[UUID]) -> int:
    """Look up what will be asked. Nobody learns of it, so nothing is recorded. Returns how many are remembered."""
    found, asked_by = _look_up(user_id, action.resource, _each_once(resource_ids)), Principal(user_id, NOBODYS_SESSION)
    try:
        Sitting(user_id, action, asked_by, timings=()).decide(list(found.loaded.values()))
        return _remember(found)
    finally:
        found.finish()


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


def _look_up(user_id: UUID, resource_type: str, resource_ids: tuple[UUID, ...]) -> LookUp:
    """What layer 7 knows, and one statement for the rest."""
    look_up = pipeline.run(pipeline.RECALL, LookUp(user_id, resource_type, resource_ids))
    if len(look_up.known) == len(resource_ids):
        return look_up
    unknown = [resource_id for resource_id in resource_ids if resource_id not in look_up.known]
    started, position = time.perf_counter(), FACTS_CACHE.position
    try:
        loaded = registry.resource_type(resource_type).facts_for(user_id, unknown)
    except BaseException:
        look_up.finish()
        raise
    loading = LayerTiming("facts", (time.perf_counter() - started) * 1000, FACTS_BUDGET_MS)
    observe_layer(loading)
    return replace(look_up, loaded=loaded, position=position, timings=(*look_up.timings, loading))


def _remember(found: LookUp) -> int:
    """What the person may read. The rest is looked up each time, as what does not exist is, and takes as long."""
    if not found.loaded or not may_remember():
        return 0
    readable = {resource_id: facts for resource_id, facts in found.loaded.items() if _is_readable(facts)}
    remember(found.resource_type, found.user_id, readable, position=found.position)
    return len(readable)


def _is_readable(facts: ResourceFacts) -> bool:
    return any(Permission.READ in verdict.permissions for verdict in facts.verdicts.values())


def _answers(hearing: Hearing, known: Container[UUID]) -> dict[UUID, Decision]:
    """One for each resource; those alike are one object."""
    recording = hearing.timings[-1]
    answers: dict[tuple[int, bool], Decision] = {}
    decisions = {}
    for resource_id, place in zip(hearing.resource_ids, hearing.places, strict=True):
        of_all = place, resource_id in known
        answer = answers.get(of_all)
        if answer is None:
            answer = answers[of_all] = _timed(hearing.deliberations[place], recording, is_cache_hit=of_all[1])
        decisions[resource_id] = answer
    return decisions


def _timed(deliberation: Deliberation, recording: LayerTiming, *, is_cache_hit: bool) -> Decision:
    timings = (*deliberation.timings, recording)
    spent_ms = round(sum(timing.duration_ms for timing in timings), 3)
    return _decision(*_verdict_in(deliberation.verdict), is_cache_hit, spent_ms, timings)
