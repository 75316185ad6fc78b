"""Shares and delegations: who lets whom in, until when, and taking it back."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.admin.operator import OperatedAdmin, operator_of
from accounts.models import User
from authorization.roles import Permission
from generations.models import Delegation, Share
from generations.services.revocation import revoke_delegation, revoke_share
from teams.admin.team_tabs import TeamTab, team_tabs
from teams.models import Team
from velro.admin_columns import (
    COLOUR_OF_ROLE,
    badge,
    label,
    list_address,
    moment,
    person_cell,
    role_label,
    row_link,
    short_id_link,
)
from velro.admin_validity import COLOUR_OF_VALIDITY, CONDITION_OF_VALIDITY, Validity, ValidityFilter, validity_label
from velro.dashboard import Panel, dashboard

SHOWN: Final = 50
SHOWN_ON_DASHBOARD: Final = 5
GENERATION: Final = "generations_generation"


class TimedAdmin(OperatedAdmin):
    """Rows that give access for a time. What is shared is named by its id: its title is content."""

    list_filter: ClassVar = [ValidityFilter, "created_at"]

    @badge("State", colours=COLOUR_OF_VALIDITY, ordering="expires_at")
    def state_badge(self, row: Share | Delegation) -> tuple[str, str]:
        """Where it stands in its time."""
        return validity_label(row)

    @admin.display(description="Generation", ordering="generation_id")
    def generation_link(self, row: Share | Delegation) -> SafeString:
        """To its page."""
        return short_id_link(row.generation_id, to=GENERATION)

    @admin.display(description="Starts", ordering="starts_at")
    def starts(self, row: Share | Delegation) -> SafeString | None:
        """From when."""
        return moment(row.starts_at)

    @admin.display(description="Ends", ordering="expires_at", empty_value="Never")
    def ends(self, row: Share | Delegation) -> SafeString | None:
        """Until when."""
        return moment(row.expires_at)


@admin.register(Share)
class ShareAdmin(TimedAdmin):
    """Which generations are open to other teams."""

    list_display: ClassVar = [
        "reference", "generation_link", "team_link", "role_badge", "state_badge", "sharer", "starts", "ends",
    ]  # fmt: skip
    list_select_related: ClassVar = ["team", "shared_by"]
    search_fields: ClassVar = ["generation__id", "team__name", "shared_by__email"]
    search_help_text = "Id of a generation, name of a team, or who shared it"
    fields: ClassVar = ["id", "generation_link", "team", "role", "shared_by", "starts_at", "expires_at", "created_at"]
    readonly_fields: ClassVar = ["generation_link"]
    actions: ClassVar = ["revoke"]

    @admin.display(description="Share", ordering="id")
    def reference(self, share: Share) -> str:
        """Enough of the id to tell rows apart."""
        return str(share.id)[:8]

    @admin.display(description="Team", ordering="team__name")
    def team_link(self, share: Share) -> SafeString:
        """With whom."""
        return row_link(share.team.name, to="teams_team", row_id=share.team_id)

    @badge("Up to", colours=COLOUR_OF_ROLE, ordering="role")
    def role_badge(self, share: Share) -> tuple[str, str]:
        """Nobody reaches further by it."""
        return share.role, share.role.capitalize()

    @admin.display(description="Shared by", ordering="shared_by__email")
    def sharer(self, share: Share) -> SafeString:
        """Who."""
        return _person(share.shared_by)

    @admin.action(description="Withdraw", permissions=["operate"])
    def revoke(self, request: HttpRequest, shares: QuerySet[Share]) -> None:
        """At once. Each through the service, so each has its audit record."""
        revoked = sum(revoke_share(share.id, actor=operator_of(request)) for share in shares)
        self.message_user(request, f"{revoked} withdrawn.")


@admin.register(Delegation)
class DelegationAdmin(TimedAdmin):
    """Who acts in whose place."""

    list_display: ClassVar = [
        "reference", "generation_link", "from_person", "to_person", "may", "state_badge", "starts", "ends",
    ]  # fmt: skip
    list_select_related: ClassVar = ["delegator", "delegate"]
    search_fields: ClassVar = ["generation__id", "delegator__email", "delegate__email"]
    search_help_text = "Id of a generation, or address of a person"
    fields: ClassVar = [
        "id", "generation_link", "delegator", "delegate", "may", "starts_at", "expires_at", "created_at",
    ]  # fmt: skip
    readonly_fields: ClassVar = ["generation_link", "may"]
    actions: ClassVar = ["revoke"]

    @admin.display(description="Delegation", ordering="id")
    def reference(self, delegation: Delegation) -> str:
        """Enough of the id to tell rows apart."""
        return str(delegation.id)[:8]

    @admin.display(description="From", ordering="delegator__email")
    def from_person(self, delegation: Delegation) -> SafeString:
        """Whose right it is."""
        return _person(delegation.delegator)

    @admin.display(description="To", ordering="delegate__email")
    def to_person(self, delegation: Delegation) -> SafeString:
        """Who has it for a time."""
        return _person(delegation.delegate)

    @admin.display(description="May")
    def may(self, delegation: Delegation) -> str:
        """As far as the delegator may at that moment."""
        return ", ".join(permission for permission in Permission if permission in delegation.permissions)

    @admin.action(description="Revoke", permissions=["operate"])
    def revoke(self, request: HttpRequest, delegations: QuerySet[Delegation]) -> None:
        """At once. Each through the service, so each has its audit record."""
        revoked = sum(revoke_delegation(delegation.id, actor=operator_of(request)) for delegation in delegations)
        self.message_user(request, f"{revoked} revoked.")


def read_shares_into(_request: HttpRequest, team: Team) -> Mapping[str, Any]:
    """One statement, by the index of the team."""
    shares = Share.objects.filter(team=team).select_related("shared_by").order_by("-created_at", "-id")[:SHOWN]
    return {
        "table": {
            "headers": ["Generation", "Up to", "State", "Shared by", "Ends"],
            "rows": [
                [
                    short_id_link(share.generation_id, to=GENERATION),
                    role_label(share.role),
                    _state(share),
                    _person(share.shared_by),
                    moment(share.expires_at) or "Never",
                ]
                for share in shares
            ],
        }
    }


def read_expiring(_request: HttpRequest) -> Mapping[str, Any]:
    """Two statements, each by the index on the end."""
    soon = CONDITION_OF_VALIDITY[Validity.SOON]
    shares = Share.objects.filter(soon).select_related("team").order_by("expires_at")[:SHOWN_ON_DASHBOARD]
    delegations = Delegation.objects.filter(soon).select_related("delegate").order_by("expires_at")
    rows = [
        ["Share", short_id_link(it.generation_id, to=GENERATION), it.team.name, moment(it.expires_at)] for it in shares
    ] + [
        ["Delegation", short_id_link(it.generation_id, to=GENERATION), it.delegate.email, moment(it.expires_at)]
        for it in delegations[:SHOWN_ON_DASHBOARD]
    ]
    return {
        "table": {"headers": ["What", "Generation", "To", "Ends"], "rows": rows},
        "empty": "No share and no delegation ends within seven days.",
        "links": [
            ("Shares that end soon", list_address("generations_share", validity=Validity.SOON)),
            ("Delegations that end soon", list_address("generations_delegation", validity=Validity.SOON)),
        ],
    }


def _state(row: Share | Delegation) -> SafeString:
    validity, words = validity_label(row)
    return label(words, colour=COLOUR_OF_VALIDITY[validity])


def _person(person: User) -> SafeString:
    return person_cell(person.display_name, person.email, user_id=person.pk)


team_tabs.add(TeamTab("shares", "Shared with it", "generations/admin/team_shares.html", read_shares_into, place=60))
dashboard.add_panel(Panel("Ending soon", "velro/panel_table.html", read_expiring, place=20))
