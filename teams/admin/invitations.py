"""Invitations: the list of all, the tab of a team, and taking one back."""

from collections.abc import Mapping
from typing import Any, ClassVar, Final
from uuid import UUID

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminEmailInputWidget, UnfoldAdminSelectWidget

from accounts.admin.operator import OperatedAdmin, operator_of
from authorization.roles import Role
from teams.admin.team_tabs import TeamTab, tab_address, team_tabs
from teams.models import Invitation, Team
from teams.services.changes import Operator
from teams.services.invitations import withdraw_invitation
from velro.admin_columns import badge, label, moment, role_label, row_link
from velro.admin_dialogs import Dialog, answer_dialog, dialog_link, report

SHOWN: Final = 50
COLOUR_OF_STATE: Final = {"open": "success", "accepted": "info", "withdrawn": "default", "expired": "warning"}
CONDITION_OF_STATE: Final = {
    "open": Q(accepted_at=None, withdrawn_at=None, expires_at__gt=Now()),
    "accepted": Q(accepted_at__isnull=False),
    "withdrawn": Q(withdrawn_at__isnull=False),
    "expired": Q(accepted_at=None, withdrawn_at=None, expires_at__lte=Now()),
}
HEADERS: Final = ["Address", "Role", "State", "Sent", "Ends", ""]


class InviteForm(BaseDialogForm):  # type: ignore[misc]  # unfold publishes no types
    """Whom, and as what."""

    email = forms.EmailField(label="E-mail address", widget=UnfoldAdminEmailInputWidget)
    role = forms.ChoiceField(choices=[(role.value, role.capitalize()) for role in Role], widget=UnfoldAdminSelectWidget)


class StateFilter(admin.SimpleListFilter):
    """What became of it."""

    title = "state"
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """In the order of a life."""
        return [(state, state.capitalize()) for state in COLOUR_OF_STATE]

    def queryset(self, _request: HttpRequest, invitations: QuerySet[Invitation]) -> QuerySet[Invitation]:
        """By the database's clock."""
        condition = CONDITION_OF_STATE.get(self.value() or "")
        return invitations.filter(condition) if condition else invitations


@admin.register(Invitation)
class InvitationAdmin(OperatedAdmin):
    """Who was invited where. The digest of the token is not shown: it is of no use to a person."""

    list_display: ClassVar = ["email", "role_badge", "team_link", "state_badge", "invited_by__email", "sent", "ends"]
    list_filter: ClassVar = [StateFilter, "role"]
    list_select_related: ClassVar = ["team", "invited_by"]
    search_fields: ClassVar = ["email", "team__name", "id"]
    fields: ClassVar = [
        "id", "team", "email", "role", "invited_by", "created_at", "expires_at", "accepted_at", "withdrawn_at",
    ]  # fmt: skip
    actions: ClassVar = ["withdraw"]

    @badge("Role", colours={"owner": "primary", "admin": "info", "member": "success", "viewer": "default"})
    def role_badge(self, invitation: Invitation) -> tuple[str, str]:
        """What they would be."""
        return invitation.role, invitation.role.capitalize()

    @admin.display(description="Team", ordering="team__name")
    def team_link(self, invitation: Invitation) -> SafeString:
        """To its page."""
        return row_link(invitation.team.name, to="teams_team", row_id=invitation.team_id)

    @badge("State", colours=COLOUR_OF_STATE)
    def state_badge(self, invitation: Invitation) -> tuple[str, str]:
        """What became of it."""
        state = state_of(invitation)
        return state, state.capitalize()

    @admin.display(description="Sent", ordering="created_at")
    def sent(self, invitation: Invitation) -> SafeString | None:
        """How long ago."""
        return moment(invitation.created_at)

    @admin.display(description="Ends", ordering="expires_at")
    def ends(self, invitation: Invitation) -> SafeString | None:
        """How far ahead."""
        return moment(invitation.expires_at)

    @admin.action(description="Withdraw the open ones", permissions=["operate"])
    def withdraw(self, request: HttpRequest, invitations: QuerySet[Invitation]) -> None:
        """Each through the service, so each has its audit record."""
        operator = Operator(operator_of(request))
        for invitation in invitations:
            report(
                request,
                lambda it=invitation: withdraw_invitation(it.team_id, principal=operator, invitation_id=it.pk),  # type: ignore[misc]  # bound at once
                done=f"The invitation of {invitation.email} is withdrawn.",
            )


def state_of(invitation: Invitation) -> str:
    """By the clock of this process, for people to look at."""
    if invitation.accepted_at:
        return "accepted"
    if invitation.withdrawn_at:
        return "withdrawn"
    return "expired" if invitation.expires_at <= timezone.now() else "open"


def read_invitations(_request: HttpRequest, team: Team) -> Mapping[str, Any]:
    """One statement: the newest, by the index of the team."""
    invitations = team.invitations.order_by("-created_at", "-id")[:SHOWN]
    return {"table": {"headers": HEADERS, "rows": [_row_of(invitation) for invitation in invitations]}}


def withdraw_team_invitation(
    request: HttpRequest, team_id: UUID, invitation_id: UUID, **_options: object
) -> HttpResponse:
    """The dialog behind "Withdraw"."""

    def act(_chosen: Mapping[str, Any]) -> None:
        withdraw_invitation(team_id, principal=Operator(operator_of(request)), invitation_id=invitation_id)

    dialog = Dialog("Withdraw the invitation", "The link in the letter is worthless from then on.", "Withdraw")
    back = tab_address(team_id, "invitations")
    return answer_dialog(request, dialog, act=act, done="The invitation is withdrawn.", back=back)


INVITATION_URLS: Final = (
    (
        "<uuid:team_id>/invitations/<uuid:invitation_id>/withdraw/",
        "teams_team_invitation_withdraw",
        withdraw_team_invitation,
    ),
)


def _row_of(invitation: Invitation) -> list[Any]:
    state = state_of(invitation)
    address = reverse("admin:teams_team_invitation_withdraw", args=[invitation.team_id, invitation.pk])
    return [
        invitation.email,
        role_label(invitation.role),
        label(state, colour=COLOUR_OF_STATE[state]),
        moment(invitation.created_at),
        moment(invitation.expires_at),
        dialog_link("Withdraw", address, is_dangerous=True) if state == "open" else "",
    ]


team_tabs.add(TeamTab("invitations", "Invitations", "teams/admin/invitations.html", read_invitations, place=40))
