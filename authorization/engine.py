"""The front door of authorization: every door of Velro (views, tasks, the authorize endpoint) asks here."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from authorization import pipeline
from authorization.actions import Action
from authorization.caching.facts import FACTS_CACHE
from authorization.caching.memory import may_remember
from authorization.caching.recall import remember
from authorization.deliberation import Admission, Deliberation, Hearing, LookUp
from authorization.errors import PermissionDenied, Unauthenticated
from authorization.facts import Attempt, Decision, LayerTiming, Principal, Question
from authorization.layer_times import observe_layer
from authorization.layers.cache import report_slow_layers
from authorization.registry import registry
from authorization.roles import Permission
from velro.errors import NotFound, VelroError

FACTS_BUDGET_MS = 20.0
NOBODYS_SESSION = UUID(int=0)


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
    ids = list(dict.fromkeys(resource_ids))
    found = _look_up(user_id, action.resource, ids)
    timings = tuple(replace(timing, duration_ms=timing.duration_ms / max(len(ids), 1)) for timing in found.timings)
    facts = found.facts
    questions = (Question(user_id, action, it, facts.get(it), asked_by) for it in ids)
    try:
        deliberations = tuple(_deliberate(question, timings=timings) for question in questions)
        _remember(found)
    finally:
        found.finish()
    hearing = report_slow_layers(pipeline.run(pipeline.RECORDING, Hearing(deliberations, timings=found.timings)))
    return {
        it.question.resource_id: _timed(it, hearing.timings[-1], is_cache_hit=it.question.resource_id in found.known)
        for it in hearing.deliberations
    }


def preload(user_id: UUID, action: Action, resource_ids: Sequence[UUID]) -> int:
    """Look up what will be asked. Nobody learns of it, so nothing is recorded. Returns how many are remembered."""
    found, asked_by = _look_up(user_id, action.resource, resource_ids), Principal(user_id, NOBODYS_SESSION)
    try:
        for resource_id, facts in found.loaded.items():
            _deliberate(Question(user_id, action, resource_id, facts, asked_by), timings=())
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


def _look_up(user_id: UUID, resource_type: str, resource_ids: Sequence[UUID]) -> LookUp:
    """What layer 7 knows, and one statement for the rest."""
    look_up = pipeline.run(pipeline.RECALL, LookUp(user_id, resource_type, tuple(resource_ids)))
    unknown = [resource_id for resource_id in resource_ids if resource_id not in look_up.known]
    if not unknown:
        return look_up
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
    readable = {
        resource_id: facts
        for resource_id, facts in found.loaded.items()
        if any(Permission.READ in verdict.permissions for verdict in facts.verdicts.values())
    }
    remember(found.resource_type, found.user_id, readable, position=found.position)
    return len(readable)


def _deliberate(question: Question, *, timings: tuple[LayerTiming, ...]) -> Deliberation:
    """Layers 4 to 6, unless they have seen these very facts before."""
    verdicts = {} if question.facts is None else question.facts.verdicts
    verdict = verdicts.get(question.action)
    if verdict is not None:
        return Deliberation(question, decision=verdict, timings=timings)
    deliberation = pipeline.run(pipeline.DECISION, Deliberation(question, timings=timings))
    if deliberation.decision is not None:
        verdicts[question.action] = deliberation.decision
    return deliberation


def _timed(deliberation: Deliberation, recording: LayerTiming, *, is_cache_hit: bool) -> Decision:
    if deliberation.decision is None:
        raise AssertionError("layer 6 answers every question")
    timings = (*deliberation.timings, recording)
    spent_ms = round(sum(timing.duration_ms for timing in timings), 3)
    return replace(deliberation.decision, is_cache_hit=is_cache_hit, duration_ms=spent_ms, timings=timings)
