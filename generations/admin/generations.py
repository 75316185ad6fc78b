"""Generations in the admin."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from unfold.admin import TabularInline

from accounts.admin.operator import OperatedAdmin
from generations.admin.break_glass import (
    BREAK_GLASS,
    CLOSE_URL,
    TEMPLATE,
    BreakGlassForm,
    behind_glass,
    break_glass_of,
)
from generations.admin.explorer import EXPLORER_URL
from generations.admin.figures import COLOUR_OF_STATUS
from generations.admin.grants import grant_on, links_to_access
from generations.models import Generation, Submission
from generations.states import Status
from velro.admin_columns import badge, short_id
from velro.admin_dialogs import page_action, parse_id
from velro.read_only_admin import ReadOnly


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
class GenerationAdmin(OperatedAdmin):
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
    custom_urls = (EXPLORER_URL, CLOSE_URL)
    actions_detail: ClassVar = ["explore_access", "grant", "break_glass"]
    change_form_outer_before_template = TEMPLATE
    readonly_fields: ClassVar = ["access"]
    fieldsets: ClassVar = [
        (None, {"fields": ["id", "owner", "project", "model", "kind", "status", "error_code", "error_message"]}),
        ("Access", {"fields": ["access"]}),
        ("Progress", {"fields": ["queue_position", "progress"]}),
        ("Cost", {"fields": ["estimated_cost", "cost", "currency"]}),
        ("Times", {"fields": ["created_at", "submitted_at", "finished_at", "deadline_at", "deleted_at", "updated_at"]}),
    ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With what is behind broken glass, for who broke it."""
        context = {**behind_glass(request, object_id), **(extra_context or {})}
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response

    @admin.display(description="Who reaches it")
    def access(self, generation: Generation) -> SafeString:
        """Where to look."""
        return format_html_join(" · ", "{}", ((link,) for link in links_to_access(generation.id)))

    @page_action("Who can", path="who-can", icon="travel_explore")
    def explore_access(self, _request: HttpRequest, object_id: str) -> HttpResponse:
        """In the explorer, with the id filled in."""
        return redirect(f"{reverse('admin:access_explorer')}?resource={parse_id(object_id)}")

    @page_action("Grant", path="grant", icon="key")
    def grant(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """On a page of its own."""
        return grant_on(request, parse_id(object_id))

    @page_action("Break the glass", path="break-glass", icon="emergency_home", variant="danger", dialog=BREAK_GLASS)
    def break_glass(self, request: HttpRequest, form: BreakGlassForm, object_id: str) -> HttpResponse:
        """For a quarter of an hour."""
        return break_glass_of(request, parse_id(object_id), form=form)

    @admin.display(description="Id", ordering="id")
    def reference(self, generation: Generation) -> SafeString | None:
        """Enough of the id to tell rows apart."""
        return short_id(generation.id)

    @badge("Status", colours=COLOUR_OF_STATUS, ordering="status")
    def status_badge(self, generation: Generation) -> tuple[str, str]:
        """The status in its colour."""
        return generation.status, Status(generation.status).label
