"""Changing who stands above whom, and which teams are closed. One such change at a time, in the whole tree."""

from uuid import UUID

from django.utils import timezone

from teams.actions import ARCHIVE_TEAM, CREATE_TEAMS, MOVE_TEAM, RESTORE_TEAM
from teams.models import Team
from teams.services.changes import Caller, Check, any_version, changing_team, require_access, require_role
from teams.services.creation import slug_among_children
from velro.errors import NotFound


def move_team(team_id: UUID, *, principal: Caller, parent_id: UUID | None, check: Check = any_version) -> None:
    """With all below it, to another parent, or (None) to be a root of its own.

    Raises NotFound or PermissionDenied, also for the parent; TeamCycle, TeamTooDeep; LastOwner for a new root without
    an owner of its own.
    """
    parents = [] if parent_id is None else [parent_id]
    for parent in parents:
        require_access(principal, parent, action=CREATE_TEAMS)
    with changing_team(team_id, principal=principal, action=MOVE_TEAM, with_teams=parents, is_of_tree=True) as change:
        for parent in parents:
            _require_parent(principal, parent)
        check(change.team)
        if change.team.parent_id == parent_id:
            return
        before = change.team.parent_id
        _stand_below(change.team, parent_id)
        change.record("team.moved", **{"from": before, "to": parent_id})


def archive_team(team_id: UUID, *, principal: Caller, check: Check = any_version) -> None:
    """Close the team and all below it to everybody but their owners. Raises TeamArchived for what is closed."""
    with changing_team(team_id, principal=principal, action=ARCHIVE_TEAM, is_of_tree=True) as change:
        check(change.team)
        change.team.archived_at = timezone.now()
        change.team.save(update_fields=["archived_at", "updated_at"])
        change.record("team.archived")


def restore_team(team_id: UUID, *, principal: Caller, check: Check = any_version) -> None:
    """Open it again, unless a team above it is archived, too. A second time changes nothing."""
    with changing_team(team_id, principal=principal, action=RESTORE_TEAM, is_of_tree=True) as change:
        check(change.team)
        if change.team.archived_at is not None:
            change.team.archived_at = None
            change.team.save(update_fields=["archived_at", "updated_at"])
            change.record("team.restored")


def _require_parent(principal: Caller, parent_id: UUID) -> None:
    parent = Team.objects.filter(id=parent_id).first()
    if parent is None:
        raise NotFound
    require_role(principal, parent, action=CREATE_TEAMS)


def _stand_below(team: Team, parent_id: UUID | None) -> None:
    team.slug = slug_among_children(team.slug, parent_id=parent_id)
    team.parent_id = parent_id
    team.save(update_fields=["parent", "slug", "updated_at"])
