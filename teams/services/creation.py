"""Making, renaming and deleting teams."""

from uuid import UUID

from django.db.models import ProtectedError

from authorization.facts import Principal
from authorization.roles import Role
from teams.actions import CREATE_TEAMS, DELETE_TEAM, RENAME_TEAM
from teams.errors import TeamNotEmpty
from teams.models import Membership, Team
from teams.names import acceptable_name, free_slug
from teams.services.changes import Caller, Check, TeamChange, any_version, changing_team, changing_teams
from teams.services.locking import act_as, lock_people
from velro.errors import NotFound


def create_team(name: str, *, principal: Principal, parent_id: UUID | None = None) -> Team:
    """A root team, which its creator owns, or a child team. Raises NotFound, PermissionDenied, TeamTooDeep."""
    if parent_id is None:
        return create_root_team(name, principal=principal, owner_id=principal.user_id)
    return create_child_team(parent_id, principal=principal, name=name)


def create_root_team(name: str, *, principal: Caller, owner_id: UUID) -> Team:
    """Anybody may have one of their own. Raises NotFound if the owner is no active person."""
    name = acceptable_name(name)
    with changing_teams(principal):
        if owner_id not in lock_people([owner_id]):
            raise NotFound
        # The first owner is given their role by nobody.
        act_as(None)
        team = Team.objects.create(name=name, slug=free_slug(name, taken=()))
        Membership.objects.create(team=team, user_id=owner_id, role=Role.OWNER)
        TeamChange(team, Role.OWNER, principal).record("team.created", owner=owner_id)
    return team


def create_child_team(parent_id: UUID, *, principal: Caller, name: str) -> Team:
    """Its people are those of the teams above, each with the role they have there."""
    name = acceptable_name(name)
    with changing_team(parent_id, principal=principal, action=CREATE_TEAMS) as change:
        team = Team.objects.create(name=name, slug=slug_among_children(name, parent_id=parent_id), parent=change.team)
        TeamChange(team, change.role, principal).record("team.created", parent=parent_id)
    return team


def rename_team(team_id: UUID, *, principal: Caller, name: str | None, check: Check = any_version) -> None:
    """None leaves the name as it is. The slug stays, so that what names the team by it goes on to find it."""
    name = None if name is None else acceptable_name(name)
    with changing_team(team_id, principal=principal, action=RENAME_TEAM) as change:
        check(change.team)
        if name is None or name == change.team.name:
            return
        change.team.name = name
        change.team.save(update_fields=["name", "updated_at"])
        change.record("team.renamed")


def delete_team(team_id: UUID, *, principal: Caller, check: Check = any_version) -> None:
    """With its memberships, invitations and empty projects. Raises TeamNotEmpty, which says what is in the way."""
    with changing_team(team_id, principal=principal, action=DELETE_TEAM) as change:
        check(change.team)
        if change.team.children.exists():
            raise TeamNotEmpty("It has child teams. Move or delete them first.")
        # The memberships go too, that of who acts among them: no row may ask for a role any more.
        act_as(None)
        _delete_with_projects(change.team)
        change.record("team.deleted", parent=change.team.parent_id)


def slug_among_children(name: str, *, parent_id: UUID | None) -> str:
    """Free below that parent, whose lock the caller holds. Roots know nothing of each other."""
    if parent_id is None:
        return free_slug(name, taken=())
    return free_slug(name, taken=set(Team.objects.filter(parent_id=parent_id).values_list("slug", flat=True)))


def _delete_with_projects(team: Team) -> None:
    try:
        team.projects.all().delete()
    except ProtectedError as error:
        raise TeamNotEmpty("Its projects hold generations; deleted ones stay for 30 days.") from error
    Team.objects.filter(id=team.id).delete()
