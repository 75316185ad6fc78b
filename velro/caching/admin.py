"""Materialized views in the admin: how fresh each is, what stands in it, and having it refreshed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Final

from django.conf import settings
from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from velro.admin_columns import badge, moment
from velro.admin_dialogs import Dialog, carry_out, page_action, parse_id, report
from velro.audit.services import Actor
from velro.caching.freshness import SIZE
from velro.caching.models import MaterializedViewRefresh
from velro.caching.reports import add_report, report_of
from velro.caching.schedule import request_refresh
from velro.caching.tier_report import TIER_REPORT
from velro.read_only_admin import ReadOnly

COLOUR_OF_STATE: Final = {"fresh": "success", "overdue": "warning", "failing": "danger", "empty": "default"}
LABEL_OF_STATE: Final = {"fresh": "Fresh", "overdue": "Overdue", "failing": "Failing", "empty": "Never filled"}
REFRESH: Final = Dialog(
    "Refresh now", "A worker fills the view anew. Who reads it meanwhile sees the old rows until it is done.", "Refresh"
)
REQUESTED: Final = "A worker refreshes it as soon as one is free."


@admin.register(MaterializedViewRefresh)
class MaterializedViewAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold publishes no types
    """One row per view. Nothing here is typed over; a refresh is work for a worker."""

    list_display: ClassVar = ["name", "state_badge", "refreshed", "row_total", "size", "duration", "last_error"]
    fields: ClassVar = ["name", "refreshed_at", "row_count", "size", "duration", "attempted_at", "last_error"]
    readonly_fields: ClassVar = ["size", "duration"]
    actions: ClassVar = ["refresh_chosen"]
    actions_detail: ClassVar = ["refresh_now"]
    change_form_after_template = "velro/view_report.html"

    def has_operate_permission(self, request: HttpRequest, _row_id: object = None) -> bool:
        """Django's change permission, which opens the actions but not the fields."""
        return bool(request.user.has_perm("caching.change_materializedviewrefresh"))

    def get_queryset(self, request: HttpRequest) -> QuerySet[MaterializedViewRefresh]:
        """With `bytes`, in the same statement."""
        rows: QuerySet[MaterializedViewRefresh] = super().get_queryset(request)
        return rows.annotate(bytes=SIZE)

    @badge("State", colours=COLOUR_OF_STATE, ordering="refreshed_at")
    def state_badge(self, row: MaterializedViewRefresh) -> tuple[str, str]:
        """Whether its rows are as young as they should be."""
        state = state_of(row)
        return state, LABEL_OF_STATE[state]

    @admin.display(description="Refreshed", ordering="refreshed_at")
    def refreshed(self, row: MaterializedViewRefresh) -> SafeString | None:
        """How old its rows are."""
        return moment(row.refreshed_at)

    @admin.display(description="Rows", ordering="row_count")
    def row_total(self, row: MaterializedViewRefresh) -> str | None:
        """As of that refresh."""
        return None if row.row_count is None else f"{row.row_count:,}"

    @admin.display(description="Size", ordering="bytes")
    def size(self, row: Any) -> str:
        """On disk, with indexes."""
        return filesizeformat(row.bytes or 0)

    @admin.display(description="Took", ordering="duration_ms")
    def duration(self, row: MaterializedViewRefresh) -> str | None:
        """The latest refresh that went well."""
        return None if row.duration_ms is None else f"{row.duration_ms / 1000:,.1f} s"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With the report of the view below its freshness."""
        row = self.get_object(request, object_id)
        shown = {"report": _report_content(row)} if row else {}
        response: HttpResponse = super().change_view(request, object_id, form_url, shown | (extra_context or {}))
        return response

    @page_action("Refresh now", path="refresh", icon="refresh", variant="primary", dialog=REFRESH)
    def refresh_now(self, request: HttpRequest, _form: Any, object_id: str) -> HttpResponse:
        """By a worker."""
        row = get_object_or_404(MaterializedViewRefresh, id=parse_id(object_id))
        back = reverse("admin:caching_materializedviewrefresh_change", args=[object_id])
        return carry_out(request, lambda: request_refresh(row, actor=_operator(request)), done=REQUESTED, back=back)

    @admin.action(description="Refresh now", permissions=["operate"])
    def refresh_chosen(self, request: HttpRequest, rows: QuerySet[MaterializedViewRefresh]) -> None:
        """All of them or none."""

        @transaction.atomic
        def request_all() -> None:
            for row in rows:
                request_refresh(row, actor=_operator(request))

        report(request, request_all, done="Workers refresh them as soon as some are free.")


def state_of(row: MaterializedViewRefresh) -> str:
    """A view is overdue when it should have been refreshed twice since it was."""
    if row.last_error:
        return "failing"
    if row.refreshed_at is None:
        return "empty"
    patience = timedelta(seconds=2 * settings.ENVIRONMENT.view_refresh_interval)
    return "overdue" if row.refreshed_at < timezone.now() - patience else "fresh"


def _report_content(row: MaterializedViewRefresh) -> Mapping[str, Any] | None:
    found = report_of(row.name)
    if found is None:
        return None
    rows = found.read() if row.refreshed_at else []
    return {
        "title": found.title,
        "table": {"headers": found.headers, "rows": rows},
        "empty": "The view has no rows." if row.refreshed_at else "The view was not filled yet.",
    }


def _operator(request: HttpRequest) -> Actor:
    return Actor(request.user.pk)


add_report(TIER_REPORT)
