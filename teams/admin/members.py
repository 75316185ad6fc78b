"""Who is in a team, with what they inherit from the teams above: the tab, and the changes of roles."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django import forms
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.admin.operator import operator_of
from authorization.roles import Role
from teams.admin.team_tabs import TeamTab, tab_address, team_tabs
from teams.models import Membership, Team
from teams.services.changes import Operator
from teams.services.membership import change_role, remove_member
from velro.admin_columns import label, moment, person_cell, role_label, row_link
from velro.admin_dialogs import Dialog, answer_dialog, dialog_link

PEOPLE_PER_PAGE: Final = 25
HEADERS: Final = ["Person", "Role", "From", "Since", ""]
ROLE_CHOICES: Final = [(role.value, role.capitalize()) for role in Role]


class RoleForm(BaseDialogForm):  # type: ignore[misc]  # unfold publishes no types
    """Which role."""

    role = forms.ChoiceField(choices=ROLE_CHOICES, widget=UnfoldAdminSelectWidget)


def effective_members(team: Team) -> QuerySet[Membership]:
    """One row per person: that of their highest role in the team or above it, highest roles first."""
    reaching = Membership.objects.filter(team__descendant_rows__descendant=team)
    best = reaching.order_by("user_id", "-role", "team__descendant_rows__distance").distinct("user_id")
    found = Membership.objects.filter(id__in=best.values("id")).select_related("user", "team")
    return found.order_by("-role", "user__email")


def read_members(request: HttpRequest, team: Team) -> Mapping[str, Any]:
    """Two statements: the number of people, and one page of them."""
    words = request.GET.get("q", "").strip()
    members = effective_members(team)
    if words:
        members = members.filter(Q(user__email__icontains=words) | Q(user__display_name__icontains=words))
    page = Paginator(members, PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    return {
        "words": words,
        "page": page,
        "address": tab_address(team.pk, "members"),
        "table": {"headers": HEADERS, "rows": [_row_of(membership, team) for membership in page]},
    }


def change_member_role(request: HttpRequest, team_id: UUID, user_id: UUID, **_options: object) -> HttpResponse:
    """The dialog behind "Change role"."""

    def act(chosen: Mapping[str, Any]) -> None:
        role = Role(chosen["role"])
        change_role(team_id, principal=Operator(operator_of(request)), user_id=user_id, role=role)

    dialog = Dialog("Change role", "It holds in all teams below, too, from this moment on.", "Change role", RoleForm)
    return answer_dialog(request, dialog, act=act, done="The role is changed.", back=tab_address(team_id, "members"))


def remove_team_member(request: HttpRequest, team_id: UUID, user_id: UUID, **_options: object) -> HttpResponse:
    """The dialog behind "Remove"."""

    def act(_chosen: Mapping[str, Any]) -> None:
        remove_member(team_id, principal=Operator(operator_of(request)), user_id=user_id)

    description = "Whatever they reached through this role is closed to them at once."
    dialog = Dialog("Remove from the team", description, "Remove")
    return answer_dialog(request, dialog, act=act, done="The member is removed.", back=tab_address(team_id, "members"))


MEMBER_URLS: Final = (
    ("<uuid:team_id>/members/<uuid:user_id>/role/", "teams_team_member_role", change_member_role),
    ("<uuid:team_id>/members/<uuid:user_id>/remove/", "teams_team_member_remove", remove_team_member),
)


def _row_of(membership: Membership, team: Team) -> list[Any]:
    person = membership.user
    is_inherited = membership.team_id != team.pk
    return [
        person_cell(person.display_name, person.email, user_id=person.pk),
        role_label(membership.role),
        _origin(membership.team) if is_inherited else label("Own"),
        moment(membership.created_at),
        _link_to_source(membership) if is_inherited else _links(team, person.pk),
    ]


def _origin(team: Team) -> SafeString:
    return format_html("{} {}", label("Inherited", colour="info"), row_link(team.name, to="teams_team", row_id=team.pk))


def _link_to_source(membership: Membership) -> SafeString:
    """The role is changed where it is held."""
    address = tab_address(membership.team_id, "members")
    return format_html(
        '<span class="flex lg:justify-end"><a class="text-link" href="{}">Change there</a></span>', address
    )


def _links(team: Team, user_id: UUID) -> SafeString:
    arguments = [team.pk, user_id]
    return format_html(
        '<span class="flex flex-row gap-4 lg:justify-end">{}{}</span>',
        dialog_link("Change role", reverse("admin:teams_team_member_role", args=arguments)),
        dialog_link("Remove", reverse("admin:teams_team_member_remove", args=arguments), is_dangerous=True),
    )


team_tabs.add(TeamTab("members", "Members", "teams/admin/members.html", read_members, place=20))
