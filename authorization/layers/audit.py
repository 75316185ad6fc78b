"""Layer 8, audit: one record per decision about a resource, allowed or denied, before anybody learns of it."""

from collections.abc import Mapping
from typing import Any

from authorization.deliberation import Deliberation, Hearing
from authorization.facts import AccessMethod, Decision, Question
from velro.audit.models import Outcome, Severity
from velro.audit.services import record_alike


def record_hearing(hearing: Hearing) -> Hearing:
    """Write the records. If that fails the decisions fail with it: an access that leaves no trace is not given."""
    record_alike(hearing.resource_ids, hearing.places, [columns_of(it, it.verdict) for it in hearing.deliberations])
    return hearing


def record_of(deliberation: Deliberation, decision: Decision) -> Mapping[str, Any]:
    """The record of one decision, in columns of the trail."""
    return {**columns_of(deliberation, decision), "resource_id": deliberation.question.resource_id}


def about(question: Question) -> Mapping[str, str]:
    """Whose rights were asked about, where somebody else asked: what the details name beside times."""
    return {} if question.user_id == question.asked_by.user_id else {"about_user": str(question.user_id)}


def columns_of(deliberation: Deliberation, decision: Decision) -> Mapping[str, Any]:
    """The same but for the resource."""
    question = deliberation.question
    spent = {timing.layer: round(timing.duration_ms, 3) for timing in deliberation.timings}
    return {
        "name": "authorization.decision",
        "outcome": Outcome.ALLOWED if decision.is_allowed else Outcome.DENIED,
        # Looking behind broken glass is meant to be looked at.
        "severity": Severity.WARNING if decision.access_method is AccessMethod.BREAK_GLASS else Severity.INFO,
        "reason": decision.reason,
        "actor_id": question.asked_by.user_id,
        "session_id": question.asked_by.session_id,
        "action": str(question.action),
        "resource_type": question.action.resource,
        "duration_ms": round(sum(spent.values()), 3),
        "details": {**spent, **about(question)},
        **question.origin,
    }
