"""Generations in the admin."""

from typing import ClassVar

from django.contrib import admin
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin, TabularInline

from generations.models import Generation, Submission
from generations.states import Status
from velro.admin_columns import badge, short_id
from velro.read_only_admin import ReadOnly

COLOUR_OF_STATUS: dict[str, str] = {
    Status.QUEUED: "info",
    Status.SUBMITTED: "info",
    Status.IN_PROGRESS: "primary",
    Status.COMPLETED: "success",
    Status.FAILED: "danger",
    Status.CANCELLED: "warning",
}


class SubmissionInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold publishes no types
    """The attempts of one generation. The digest of the webhook token stays out of sight."""

    model = Submission
    extra = 0
    tab = True
    fields: ClassVar = [
        "attempt",
        "state",
        "request_id",
        "sent_at",
        "last_polled_at",
        "webhook_received_at",
        "finished_at",
        "cancelled_at",
        "lookups",
        "collections",
        "provider_error",
    ]


@admin.register(Generation)
class GenerationAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold publishes no types
    """Where every job stands. What was asked for and what came out is the owner's, and an operator is not shown it."""

    list_display: ClassVar = [
        "reference",
        "owner__email",
        "model",
        "status_badge",
        "cost",
        "error_code",
        "created_at",
        "finished_at",
    ]
    list_filter: ClassVar = [
        "status",
        "kind",
        "model",
        "error_code",
        "created_at",
        ("deleted_at", admin.EmptyFieldListFilter),
    ]
    list_select_related: ClassVar = ["owner"]
    list_per_page = 50
    date_hierarchy = "created_at"
    search_fields: ClassVar = ["id", "owner__email", "submissions__request_id"]
    inlines: ClassVar = [SubmissionInline]
    fieldsets: ClassVar = [
        (None, {"fields": ["id", "owner", "model", "kind", "status", "error_code", "error_message"]}),
        ("Progress", {"fields": ["queue_position", "progress"]}),
        ("Cost", {"fields": ["estimated_cost", "cost", "currency"]}),
        ("Times", {"fields": ["created_at", "submitted_at", "finished_at", "deadline_at", "deleted_at", "updated_at"]}),
    ]

    @admin.display(description="Id", ordering="id")
    def reference(self, generation: Generation) -> SafeString | None:
        """Enough of the id to tell rows apart."""
        return short_id(generation.id)

    @badge("Status", colours=COLOUR_OF_STATUS, ordering="status")
    def status_badge(self, generation: Generation) -> tuple[str, str]:
        """The status in its colour."""
        return generation.status, Status(generation.status).label
