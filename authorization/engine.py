"""The front door of authorization: every door of Velro (views, tasks, the authorize endpoint) asks here."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from authorization import pipeline
from authorization.actions import Action, Permission
from authorization.deliberation import Admission, Deliberation
from authorization.errors import PermissionDenied, Unauthenticated
from authorization.facts import Attempt, Decision, LayerTiming, Principal, Question
from authorization.layers.cache import report_slow_layers
from authorization.registry import registry
from velro.errors import NotFound

FACTS_BUDGET_MS = 20.0


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
    started = time.perf_counter()
    facts = registry.resource_type(action.resource).facts_for(principal, resource_ids)
    share_ms = (time.perf_counter() - started) * 1000 / max(len(resource_ids), 1)
    loading = LayerTiming("facts", share_ms, FACTS_BUDGET_MS)
    return {
        resource_id: _deliberate(Question(principal, action, resource_id, facts.get(resource_id)), loading)
        for resource_id in resource_ids
    }


def require(principal: Principal, action: Action, resource_id: UUID) -> Decision:
    """Like `decide`, but a denial is raised: NotFound for who may not even read, PermissionDenied for who may."""
    decision = decide(principal, action, resource_id)
    if decision.is_allowed:
        return decision
    raise PermissionDenied if Permission.READ in decision.permissions else NotFound


def _deliberate(question: Question, loading: LayerTiming) -> Decision:
    deliberation = pipeline.run(pipeline.DECISION, Deliberation(question, timings=(loading,)))
    if deliberation.decision is None:
        raise AssertionError("layer 6 answers every question")
    spent_ms = round(sum(timing.duration_ms for timing in deliberation.timings), 3)
    return replace(deliberation.decision, duration_ms=spent_ms, timings=deliberation.timings)
