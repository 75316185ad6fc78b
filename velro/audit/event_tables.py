"""Events of the trail as tables on pages about something else."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from velro.admin_columns import SHOWN_OF_ID, label, list_address, list_link, moment, row_link
from velro.audit.models import AuditEvent, Outcome, Severity

COLOUR_OF_OUTCOME: Final[dict[str, str]] = {
    Outcome.ALLOWED: "success",
    Outcome.SUCCEEDED: "success",
    Outcome.DENIED: "warning",
    Outcome.FAILED: "danger",
}
REFUSED: Final = Q(outcome__in=[Outcome.DENIED, Outcome.FAILED])
DECISION: Final = "authorization.decision"
SEVERE: Final = ~Q(severity=Severity.INFO)
COLOUR_OF_SEVERITY: Final[dict[str, str]] = {Severity.WARNING: "warning", Severity.CRITICAL: "danger"}
EVENT_HEADERS: Final = ["When", "Event", "Outcome", "Reason", "By"]
SHOWN_ON_DASHBOARD: Final = 8


def events_link(subject_id: UUID | None) -> SafeString | None:
    """From the id of a person or resource to the events of it."""
    if subject_id is None:
        return None
    return list_link(str(subject_id)[:SHOWN_OF_ID], to="audit_auditevent", q=subject_id)


def recent_events_of(resource_id: UUID, *, limit: int) -> QuerySet[AuditEvent]:
    """The newest events about one resource."""
    return AuditEvent.objects.filter(resource_id=resource_id).order_by("-at", "-id")[:limit]


def event_row(event: AuditEvent) -> list[Any]:
    """Cells for a table of events: when, what, how it ended, why, who."""
    return [
        moment(event.at),
        row_link(event.action or event.name, to="audit_auditevent", row_id=event.id),
        _outcome(event),
        event.reason or "-",
        events_link(event.actor_id) or "Velro",
    ]


def read_alarms(_request: HttpRequest) -> Mapping[str, Any]:
    """Two statements, each on an index of its own: what was refused, and what somebody should look at."""
    newest = AuditEvent.objects.order_by("-at", "-id")
    found = {event.id: event for kind in (REFUSED, SEVERE) for event in newest.filter(kind)[:SHOWN_ON_DASHBOARD]}
    events = sorted(found.values(), key=lambda event: event.at, reverse=True)[:SHOWN_ON_DASHBOARD]
    return {
        "table": {"headers": EVENT_HEADERS, "rows": [event_row(event) for event in events]},
        "empty": "Nothing was denied, nothing failed, and there was no alarm.",
        "links": [
            ("All refusals", list_address("audit_auditevent", kind="refused")),
            ("All warnings and alarms", list_address("audit_auditevent", kind="severe")),
        ],
    }


def _outcome(event: AuditEvent) -> SafeString:
    shown = label(Outcome(event.outcome).label, colour=COLOUR_OF_OUTCOME[event.outcome])
    if event.severity == Severity.INFO:
        return shown
    severity = label(Severity(event.severity).label, colour=COLOUR_OF_SEVERITY[event.severity])
    return format_html("{} {}", shown, severity)
