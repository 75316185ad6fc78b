"""The audit records of answers that the engine does not record itself."""

from collections.abc import Iterable
from typing import Any

from authorization.ports import Inquiry, Verdict
from velro.audit.models import LONGEST_ACTION, LONGEST_RESOURCE_TYPE, Outcome
from velro.audit.services import record_decisions


def record_answers(answers: Iterable[tuple[Inquiry, Verdict]]) -> None:
    """One record for each that the engine did not decide."""
    record_decisions(
        {
            "name": "authorization.decision",
            "outcome": Outcome.ALLOWED if verdict.is_allowed else Outcome.DENIED,
            "reason": verdict.reason,
            **_asked(inquiry),
        }
        for inquiry, verdict in answers
        if not verdict.is_recorded
    )


def record_search(inquiry: Inquiry, *, wanted: str, found: int) -> None:
    """One record for a page of answers: who was told about how many."""
    asked = _asked(inquiry)
    details = {**asked.pop("details"), "wanted": wanted, "found": found}
    record_decisions([{"name": "authorization.search", "outcome": Outcome.SUCCEEDED, "details": details, **asked}])


def _asked(inquiry: Inquiry) -> dict[str, Any]:
    """The columns of both. Names from outside are as long as they like, and cut where a column is short."""
    return {
        "actor_id": inquiry.asked_by.user_id,
        "session_id": inquiry.asked_by.session_id,
        "action": f"{inquiry.resource.type}:{inquiry.action}"[:LONGEST_ACTION],
        "resource_type": inquiry.resource.type[:LONGEST_RESOURCE_TYPE],
        "details": {
            "subject_type": inquiry.subject.type,
            "subject_id": inquiry.subject.id,
            "resource_id": inquiry.resource.id,
        },
    }
