"""The list of teams, the head of a team's page, and what operators may do to a team."""

from functools import partial
from typing import Any, ClassVar, Final, cast

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from unfold.dataclasses import UnfoldAction

from accounts.admin.operator import OperatedAdmin, operator_of
from authorization.roles import Role
from teams.admin.invitations import INVITATION_URLS, InviteForm
from teams.admin.members import MEMBER_URLS
from teams.admin.move import move
from teams.admin.paths import path_text, with_counts, with_paths
from teams.admin.reach import ReachChangeList
from teams.admin.team_tabs import tab_address, team_tabs
from teams.models import Membership, Team, TeamAncestor
from teams.services.changes import Operator
from teams.services.invitations import invite
from teams.services.tree import archive_team, restore_team
from velro.admin_columns import badge
from velro.admin_dialogs import Dialog, carry_out, page_action, parse_id

COLOUR_OF_STATE: Final = {"open": "success", "archived": "warning", "closed": "default"}
LABEL_OF_STATE: Final = {"open": "Open", "archived": "Archived", "closed": "Archived above"}
CONDITION_OF_STATE: Final = {
    "open": Q(is_closed=False),
    "archived": Q(archived_at__isnull=False),
    "closed": Q(archived_at=None, is_closed=True),
}
INVITE: Final = Dialog(
    "Invite", "They become a member by the link in the letter. You stand as who invited them.", "Send", InviteForm
)
ARCHIVE: Final = Dialog(
    "Archive the team",
    "It and all teams below it are closed at once: nobody reaches what their projects hold until it is restored.",
    "Archive",
)
RESTORE: Final = Dialog("Restore the team", "It and all below it open again, unless more is archived.", "Restore")


class LevelFilter(admin.SimpleListFilter):
    """Roots are what customers are."""

    title = "level"
    parameter_name = "level"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """Of the tree."""
        return [("roots", "Roots"), ("below", "Below another team")]

    def queryset(self, _request: HttpRequest, teams: QuerySet[Team]) -> QuerySet[Team]:
        """By the parent."""
        return teams.filter(parent__isnull=self.value() == "roots") if self.value() in {"roots", "below"} else teams


class StateFilter(admin.SimpleListFilter):
    """Whether people reach what it holds."""

    title = "state"
    parameter_name = "state"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """In words."""
        return list(LABEL_OF_STATE.items())

    def queryset(self, _request: HttpRequest, teams: QuerySet[Team]) -> QuerySet[Team]:
        """By what a trigger keeps."""
        condition = CONDITION_OF_STATE.get(self.value() or "")
        return teams.filter(condition) if condition else teams


@admin.register(Team)
class TeamAdmin(OperatedAdmin):
    """Found by the name of the team or its root, or by an owner's address; in the order of the tree."""

    list_display: ClassVar = ["path", "member_total", "reach", "project_total", "depth", "state_badge"]
    list_filter: ClassVar = [LevelFilter, StateFilter]
    search_fields: ClassVar = ["name"]
    search_help_text = "Name of the team or its root, or an owner's address"
    list_per_page = 50
    list_before_template = "teams/admin/reach.html"
    fields: ClassVar = ["id", "name"]
    change_form_template = "teams/admin/team.html"
    custom_urls = (*MEMBER_URLS, *INVITATION_URLS)
    actions_detail: ClassVar = ["invite_person", "move_elsewhere", "archive", "restore"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        """With all that the columns show, in the same statement."""
        return with_counts(with_paths(Team.objects.all())).order_by(*self.get_ordering(request))

    def get_changelist(self, _request: HttpRequest, **_options: Any) -> type[ReachChangeList]:
        """With how many people reach each team."""
        return ReachChangeList

    def get_ordering(self, _request: HttpRequest) -> list[str]:
        """Each team below its parent."""
        return ["path_names"]

    def get_search_results(
        self, _request: HttpRequest, queryset: QuerySet[Team], search_term: str
    ) -> tuple[QuerySet[Team], bool]:
        """No join, so no row comes twice."""
        words = search_term.strip()
        return (queryset.filter(_matches(words)) if words else queryset), False

    def describe_choice(self, team: Any) -> str:
        """Where a team is chosen from a list."""
        return path_text(team.path_names)

    @admin.display(description="Team", ordering="path_names")
    def path(self, team: Any) -> str:
        """From the root down."""
        return path_text(team.path_names)

    @admin.display(description="Own members", ordering="member_count")
    def member_total(self, team: Any) -> int:
        """Without those who inherit a role."""
        return int(team.member_count)

    @admin.display(description="People who reach it")
    def reach(self, team: Any) -> int | None:
        """With those who inherit a role, as of the time above the list."""
        return cast("int | None", team.people)

    @admin.display(description="Projects", ordering="project_count")
    def project_total(self, team: Any) -> int:
        """Its own."""
        return int(team.project_count)

    @admin.display(description="Level")
    def depth(self, team: Any) -> int:
        """1 for a root."""
        return len(team.path_names)

    @badge("State", colours=COLOUR_OF_STATE, ordering="is_closed")
    def state_badge(self, team: Team) -> tuple[str, str]:
        """Whether people reach what it holds."""
        state = state_of(team)
        return state, LABEL_OF_STATE[state]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The head, and the chosen tab."""
        team = self.get_object(request, object_id)
        if team is None:
            raise Http404
        tab = team_tabs.chosen(request)
        shown = {
            "team": team,
            "state": LABEL_OF_STATE[state_of(team)],
            "state_colour": COLOUR_OF_STATE[state_of(team)],
            "ancestors": TeamAncestor.objects.filter(descendant=team, distance__gt=0)
            .select_related("ancestor")
            .order_by("-distance"),
            "tab": tab,
            "content": tab.read(request, team),
            "tab_list": [
                {
                    "models": [{"name": str(self.opts), "detail": True}],
                    "items": team_tabs.navigation(team, chosen=tab),
                }
            ],
        }
        response: HttpResponse = super().change_view(request, object_id, form_url, shown | (extra_context or {}))
        return response

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[UnfoldAction]:
        """Archiving what is open, restoring what is archived."""
        is_archived = Team.objects.filter(id=object_id, archived_at__isnull=False).exists()
        left_out = "teams_team_archive" if is_archived else "teams_team_restore"
        offered = super().get_actions_detail(request, object_id)
        return [offer for offer in offered if offer.action_name != left_out]

    @page_action("Invite", path="invite", icon="person_add", variant="primary", dialog=INVITE)
    def invite_person(self, request: HttpRequest, form: InviteForm, object_id: str) -> HttpResponse:
        """By mail."""
        role, email = Role(form.cleaned_data["role"]), form.cleaned_data["email"]
        act = partial(invite, parse_id(object_id), principal=_operator(request), email=email, role=role)
        return carry_out(request, act, done=f"{email} is invited.", back=tab_address(object_id, "invitations"))

    @page_action("Move", path="move", icon="drive_file_move")
    def move_elsewhere(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """On a page of its own."""
        return move(request, parse_id(object_id))

    @page_action("Archive", path="archive", icon="archive", variant="danger", dialog=ARCHIVE)
    def archive(self, request: HttpRequest, _form: Any, object_id: str) -> HttpResponse:
        """With all below it."""
        act = partial(archive_team, parse_id(object_id), principal=_operator(request))
        return carry_out(request, act, done="The team is archived.", back=tab_address(object_id, "overview"))

    @page_action("Restore", path="restore", icon="unarchive", variant="success", dialog=RESTORE)
    def restore(self, request: HttpRequest, _form: Any, object_id: str) -> HttpResponse:
        """With all below it that is not archived itself."""
        act = partial(restore_team, parse_id(object_id), principal=_operator(request))
        return carry_out(request, act, done="The team is restored.", back=tab_address(object_id, "overview"))


def state_of(team: Team) -> str:
    """Archived itself, closed because something above it is, or open."""
    if team.archived_at is not None:
        return "archived"
    return "closed" if team.is_closed else "open"


def _matches(words: str) -> Q:
    roots = TeamAncestor.objects.filter(
        descendant=OuterRef("pk"), ancestor__parent=None, ancestor__name__icontains=words
    )
    owners = Membership.objects.filter(team=OuterRef("pk"), role=Role.OWNER, user__email__istartswith=words)
    return Q(name__icontains=words) | Q(Exists(roots)) | Q(Exists(owners))


def _operator(request: HttpRequest) -> Operator:
    return Operator(operator_of(request))
