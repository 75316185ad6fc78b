"""The audit trail in the admin."""

from datetime import timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from velro.admin_columns import badge, moment
from velro.audit.change_list import AuditChangeList, BeforeFilter
from velro.audit.event_tables import (
    COLOUR_OF_OUTCOME,
    COLOUR_OF_SEVERITY,
    DECISION,
    REFUSED,
    SEVERE,
    events_link,
    read_alarms,
)
from velro.audit.models import AuditEvent, Outcome, Severity
from velro.dashboard import Panel, dashboard
from velro.read_only_admin import ReadOnly

CONDITION_OF_KIND: Final = {"refused": REFUSED, "changes": ~Q(name=DECISION), "severe": SEVERE}
SPANS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}


class KindFilter(admin.SimpleListFilter):
    """Each kind is served by an index: a filter on any name at all would have to read the whole trail."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """Without a choice everything is shown."""
        return [("refused", "Denied or failed"), ("changes", "All but decisions"), ("severe", "Warnings and alarms")]

    def queryset(self, _request: HttpRequest, events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """Newest first, by a partial index."""
        condition = CONDITION_OF_KIND.get(self.value() or "")
        return events.filter(condition) if condition else events


class SpanFilter(admin.SimpleListFilter):
    """How far back."""

    title = "time"
    parameter_name = "span"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """The last of each."""
        return [(span, f"Last {span}") for span in SPANS]

    def queryset(self, _request: HttpRequest, events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """By the index on the time."""
        span = SPANS.get(self.value() or "")
        return events.filter(at__gte=timezone.now() - span) if span else events


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold publishes no types
    """To look at only; the database refuses changes from anywhere."""

    list_display: ClassVar = [
        "when", "event", "outcome_badge", "severity_badge", "reason", "actor", "resource", "client_address",
    ]  # fmt: skip
    list_filter: ClassVar = [KindFilter, SpanFilter, BeforeFilter]
    list_per_page = 50
    sortable_by: ClassVar[list[str]] = []
    search_fields: ClassVar = ["actor_id", "resource_id", "request_id", "name"]
    search_help_text = "Id of a person, resource or request, or the name of an event"
    show_full_result_count = False
    fields: ClassVar = [
        "id", "at", "name", "outcome", "severity", "reason", "action", "actor_id", "session_id", "resource_type",
        "resource_id", "client_address", "request_id", "duration_ms", "details",
    ]  # fmt: skip

    def get_changelist(self, _request: HttpRequest, **_options: Any) -> type[AuditChangeList]:
        """Pages by time and id."""
        return AuditChangeList

    def get_search_results(
        self, _request: HttpRequest, queryset: QuerySet[AuditEvent], search_term: str
    ) -> tuple[QuerySet[AuditEvent], bool]:
        """Exact matches only, each by an index."""
        words = search_term.strip()
        return (queryset.filter(_condition_of(words)) if words else queryset), False

    @admin.display(description="At")
    def when(self, event: AuditEvent) -> SafeString | None:
        """How long ago."""
        return moment(event.at)

    @badge("Outcome", colours=COLOUR_OF_OUTCOME)
    def outcome_badge(self, event: AuditEvent) -> tuple[str, str]:
        """The outcome in its colour."""
        return event.outcome, Outcome(event.outcome).label

    @admin.display(description="Event")
    def event(self, event: AuditEvent) -> str:
        """What was decided, or what happened."""
        return event.action or event.name

    @badge("Severity", colours=COLOUR_OF_SEVERITY)
    def severity_badge(self, event: AuditEvent) -> tuple[str, str] | None:
        """Only what somebody should look at."""
        return None if event.severity == Severity.INFO else (event.severity, Severity(event.severity).label)

    @admin.display
    def actor(self, event: AuditEvent) -> SafeString | None:
        """Nobody for what Velro does by itself. Leads to all that they did."""
        return events_link(event.actor_id)

    @admin.display
    def resource(self, event: AuditEvent) -> SafeString | None:
        """What it was done to. Leads to all that was done to it."""
        return events_link(event.resource_id)


def _condition_of(words: str) -> Q:
    try:
        wanted = UUID(words)
    except ValueError:
        return Q(request_id=words) | (Q(name=words) & ~Q(name=DECISION))
    return Q(actor_id=wanted) | Q(resource_id=wanted) | Q(request_id=words)


dashboard.add_panel(Panel("Recent refusals and alarms", "velro/panel_table.html", read_alarms, place=40, is_wide=True))
