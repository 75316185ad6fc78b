"""The outbox in the admin: what still must happen, and what keeps it from happening."""

from typing import ClassVar

from django.contrib import admin
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from velro.admin_columns import badge, short_id
from velro.background.models import OutboxMessage
from velro.read_only_admin import ReadOnly

COLOUR_OF_STATE = {"failing": "danger", "running": "primary", "due": "warning", "waiting": "info"}


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold publishes no types
    """To look at only: a row that is changed by hand could run twice or never."""

    list_display: ClassVar = ["topic", "subject", "state_badge", "due_at", "attempts", "last_error", "created_at"]
    list_filter: ClassVar = ["topic", "attempts", "due_at"]
    search_fields: ClassVar = ["subject_id", "request_id"]
    exclude: ClassVar = ["lease"]

    @admin.display(ordering="subject_id")
    def subject(self, message: OutboxMessage) -> SafeString | None:
        """The row that the handler works on."""
        return short_id(message.subject_id)

    @badge("State", colours=COLOUR_OF_STATE, ordering="due_at")
    def state_badge(self, message: OutboxMessage) -> tuple[str, str]:
        """Whether it is stuck, which an operator wants to know first."""
        if message.last_error:
            return "failing", "Failing"
        if message.lease:
            return "running", "Running"
        return ("due", "Due") if message.due_at <= timezone.now() else ("waiting", "Waiting")
