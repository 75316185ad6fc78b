"""The audit trail in the admin."""

from typing import ClassVar

from django.contrib import admin
from unfold.admin import ModelAdmin

from velro.audit.models import AuditEvent
from velro.read_only_admin import ReadOnly


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold publishes no types
    """To look at only; the database refuses changes from anywhere."""

    list_display: ClassVar = ["at", "name", "outcome", "reason", "actor_id", "action", "resource_id", "client_address"]
    list_filter: ClassVar = ["name", "outcome", "reason", "at"]
    date_hierarchy = "at"
    search_fields: ClassVar = ["actor_id", "resource_id", "session_id", "request_id"]
    show_full_result_count = False
