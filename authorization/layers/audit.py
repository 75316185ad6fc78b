"""Layer 8, audit: one record per decision about a resource, allowed or denied, before anybody learns of it."""

from authorization.deliberation import Deliberation
from velro.audit.models import AuditEvent, Outcome
from velro.audit.services import origin


def record_decision(deliberation: Deliberation) -> Deliberation:
    """Write the record. If that fails the decision fails with it: an access that leaves no trace is not given."""
    question, decision = deliberation.question, deliberation.decision
    if decision is None or question.resource_id is None:
        return deliberation
    AuditEvent.objects.create(
        name="authorization.decision",
        outcome=Outcome.ALLOWED if decision.is_allowed else Outcome.DENIED,
        reason=decision.reason,
        actor_id=question.principal.user_id,
        session_id=question.principal.session_id,
        action=str(question.action),
        resource_type=question.action.resource,
        resource_id=question.resource_id,
        duration_ms=round(sum(timing.duration_ms for timing in deliberation.timings), 3),
        details={timing.layer: round(timing.duration_ms, 3) for timing in deliberation.timings},
        **origin(),
    )
    return deliberation
