"""The audit trail in the admin."""

from typing import ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from velro.admin_columns import badge, short_id
from velro.audit.models import AuditEvent, Outcome
from velro.read_only_admin import ReadOnly

COLOUR_OF_OUTCOME: dict[str, str] = {
    Outcome.ALLOWED: "success",
    Outcome.SUCCEEDED: "success",
    Outcome.DENIED: "warning",
    Outcome.FAILED: "danger",
}


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold publishes no types
    """To look at only; the database refuses changes from anywhere."""

    list_display: ClassVar = ["at", "name", "outcome_badge", "reason", "action", "actor", "resource", "client_address"]
    list_filter: ClassVar = ["name", "outcome", "reason", "at"]
    date_hierarchy = "at"
    search_fields: ClassVar = ["actor_id", "resource_id", "session_id", "request_id"]
    show_full_result_count = False

    @badge("Outcome", colours=COLOUR_OF_OUTCOME, ordering="outcome")
    def outcome_badge(self, event: AuditEvent) -> tuple[str, str]:
        """The outcome in its colour."""
        return event.outcome, Outcome(event.outcome).label

    @admin.display(ordering="actor_id")
    def actor(self, event: AuditEvent) -> SafeString | None:
        """Nobody for what Velro does by itself."""
        return short_id(event.actor_id)

    @admin.display(ordering="resource_id")
    def resource(self, event: AuditEvent) -> SafeString | None:
        """What it was done to."""
        return short_id(event.resource_id)
