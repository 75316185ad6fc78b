"""Generations in the admin."""

from typing import ClassVar

from django.contrib import admin
from unfold.admin import ModelAdmin, TabularInline
from unfold.decorators import display

from generations.admin.assets import AssetInline
from generations.models import Generation, Submission
from generations.states import Status
from velro.read_only_admin import ReadOnly

COLOUR_OF_STATUS = {
    Status.QUEUED.label: "info",
    Status.SUBMITTED.label: "info",
    Status.IN_PROGRESS.label: "primary",
    Status.COMPLETED.label: "success",
    Status.FAILED.label: "danger",
    Status.CANCELLED.label: "warning",
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
    """Where every job stands. The prompt is the owner's and is not shown in the list."""

    list_display: ClassVar = ["id", "owner", "model", "status_badge", "cost", "error_code", "created_at", "finished_at"]
    list_filter: ClassVar = ["status", "kind", "model", "error_code", "created_at"]
    list_select_related: ClassVar = ["owner"]
    list_per_page = 50
    date_hierarchy = "created_at"
    search_fields: ClassVar = ["id", "owner__email", "submissions__request_id", "title"]
    inlines: ClassVar = [SubmissionInline, AssetInline]
    fieldsets: ClassVar = [
        (None, {"fields": ["id", "owner", "title", "tags", "model", "kind", "status", "error_code", "error_message"]}),
        ("Input", {"fields": ["input"]}),
        ("Progress", {"fields": ["queue_position", "progress"]}),
        ("Cost", {"fields": ["estimated_cost", "cost", "currency"]}),
        ("Times", {"fields": ["created_at", "submitted_at", "finished_at", "deadline_at", "deleted_at", "updated_at"]}),
    ]

    @display(description="Status", ordering="status", label=COLOUR_OF_STATUS)  # type: ignore[untyped-decorator]  # untyped library
    def status_badge(self, generation: Generation) -> str:
        """The status in its colour."""
        return Status(generation.status).label
