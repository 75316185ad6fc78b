"""The outbox in the admin: what still must happen, and what keeps it from happening."""

from typing import ClassVar

from django.contrib import admin
from unfold.admin import ModelAdmin

from velro.background.models import OutboxMessage
from velro.read_only_admin import ReadOnly


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold publishes no types
    """To look at only: a row that is changed by hand could run twice or never."""

    list_display: ClassVar = ["topic", "subject_id", "due_at", "attempts", "published_at", "last_error", "created_at"]
    list_filter: ClassVar = ["topic", "attempts", "due_at"]
    search_fields: ClassVar = ["subject_id", "request_id"]
    exclude: ClassVar = ["lease"]
