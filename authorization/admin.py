"""Authorization in the admin: broken glass, and how long the layers take."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from authorization.break_glass import OPEN, mend_glass, open_glass
from authorization.caching.page import CACHE_PAGES
from authorization.layer_panel import read_layer_times
from authorization.models import BreakGlassGrant
from velro.admin_columns import badge, label, list_address, moment, person_cell, row_link, short_id
from velro.admin_dialogs import report
from velro.admin_pages import ADMIN_PAGES
from velro.audit.services import Actor
from velro.dashboard import Panel, dashboard
from velro.read_only_admin import ReadOnly

SHOWN: Final = 5
COLOUR_OF_STATE: Final = {"open": "danger", "closed": "default", "expired": "default"}


class StateFilter(admin.SimpleListFilter):
    """Open now, or over."""

    title = "state"
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """Two."""
        return [("open", "Open now"), ("over", "Over")]

    def queryset(self, _request: HttpRequest, grants: QuerySet[BreakGlassGrant]) -> QuerySet[BreakGlassGrant]:
        """By the database's clock."""
        if self.value() == "open":
            return grants.filter(OPEN)
        return grants.exclude(OPEN) if self.value() == "over" else grants


@admin.register(BreakGlassGrant)
class BreakGlassGrantAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold publishes no types
    """Who looked at what, and the reason they gave. Glass is broken on the page of what is behind it."""

    list_display: ClassVar = ["opened", "person", "what", "state_badge", "holds", "short_reason", "expires_at"]
    list_filter: ClassVar = [StateFilter, "opened_at"]
    list_select_related: ClassVar = ["user"]
    search_fields: ClassVar = ["user__email", "resource_id", "id"]
    fields: ClassVar = [
        "id", "user", "resource_type", "resource_id", "holds", "reason", "opened_at", "expires_at", "closed_at",
    ]  # fmt: skip
    readonly_fields: ClassVar = ["holds"]
    actions: ClassVar = ["close"]

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Django's change permission, which opens the action but no field."""
        return bool(request.user.has_perm("authorization.change_breakglassgrant"))

    @admin.action(description="Close what is open", permissions=["operate"])
    def close(self, request: HttpRequest, grants: QuerySet[BreakGlassGrant]) -> None:
        """Any operator may, whoever opened it."""
        for grant in grants.filter(OPEN):
            report(request, partial(mend_glass, grant.id, actor=Actor(request.user.pk)), done=f"{grant} is closed.")

    @admin.display(description="Opened", ordering="opened_at")
    def opened(self, grant: BreakGlassGrant) -> SafeString | None:
        """How long ago."""
        return moment(grant.opened_at)

    @admin.display(description="Operator", ordering="user__email")
    def person(self, grant: BreakGlassGrant) -> SafeString:
        """Who broke it."""
        return person_cell(grant.user.get_full_name(), getattr(grant.user, "email", ""), user_id=grant.user.pk)

    @admin.display(description="On", ordering="resource_id")
    def what(self, grant: BreakGlassGrant) -> SafeString:
        """Type and start of the id."""
        return format_html("{} {}", grant.resource_type, short_id(grant.resource_id) or "")

    @badge("State", colours=COLOUR_OF_STATE)
    def state_badge(self, grant: BreakGlassGrant) -> tuple[str, str]:
        """Whether it gives access at this moment."""
        return state_of(grant)

    @admin.display(description="Permissions")
    def holds(self, grant: BreakGlassGrant) -> str:
        """What it gave."""
        return ", ".join(sorted(grant.permissions))

    @admin.display(description="Reason")
    def short_reason(self, grant: BreakGlassGrant) -> str:
        """The beginning; all of it is on the page."""
        return shortened(grant.reason)


def state_of(grant: BreakGlassGrant) -> tuple[str, str]:
    """A key and its label, by the clock of this process."""
    if grant.closed_at is not None:
        return "closed", "Closed"
    return ("expired", "Expired") if grant.expires_at <= timezone.now() else ("open", "Open now")


def shortened(text: str) -> str:
    """One line of a table."""
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004 - what fits


def read_broken_glass(_request: HttpRequest) -> Mapping[str, Any]:
    """Two statements: what is open, and the last ones."""
    grants = BreakGlassGrant.objects.select_related("user")
    return {
        "open": list(open_glass()[:SHOWN]),
        "table": {
            "headers": ["Opened", "Operator", "On", "State", "Reason"],
            "rows": [_row_of(grant) for grant in grants.order_by("-opened_at", "-id")[:SHOWN]],
        },
        "link": list_address("authorization_breakglassgrant"),
    }


def _row_of(grant: BreakGlassGrant) -> list[Any]:
    state, words = state_of(grant)
    return [
        row_link(f"{grant.opened_at:%Y-%m-%d %H:%M}", to="authorization_breakglassgrant", row_id=grant.pk),
        getattr(grant.user, "email", ""),
        format_html("{} {}", grant.resource_type, short_id(grant.resource_id) or ""),
        label(words, colour=COLOUR_OF_STATE[state]),
        shortened(grant.reason),
    ]


dashboard.add_panel(Panel("Broken glass", "velro/broken_glass.html", read_broken_glass, place=10, is_wide=True))
dashboard.add_panel(
    Panel("Layers of authorization", "velro/layer_times.html", read_layer_times, place=50, is_wide=True)
)
ADMIN_PAGES.extend(CACHE_PAGES)
