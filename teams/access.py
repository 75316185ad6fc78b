"""Fetch and authorize in one call, so that no view or service can hold a team or project it may not use."""

from typing import Final
from uuid import UUID

from authorization import engine
from authorization.actions import Action
from authorization.facts import Principal, ResourceState
from authorization.layers.granting import is_left_by_state
from teams.actions import state_of
from teams.errors import TeamArchived
from teams.models import Project, Team
from velro.errors import NotFound

KEPT_SHUT: Final = f"resource_{ResourceState.ARCHIVED}"


def require_team(principal: Principal, team_id: UUID, *, action: Action) -> None:
    """The engine's decision, which leaves its record also where it denies.

    Raises NotFound for who has no role in it, PermissionDenied for who has too low a one, and TeamArchived for who owns
    a closed team and may only see and restore it.
    """
    decision = engine.decide(principal, action, team_id)
    if not decision.is_allowed:
        raise _archived() if decision.permissions and decision.reason == KEPT_SHUT else engine.refusal_of(decision)


def require_open(team: Team, *, action: Action) -> None:
    """The same of a team that is locked, also for operators. Raises TeamArchived."""
    if not is_left_by_state(action, state_of(is_closed=team.is_closed)):
        raise _archived()


def access_team(principal: Principal, team_id: UUID, *, action: Action) -> Team:
    """Raises as `require_team` does."""
    require_team(principal, team_id, action=action)
    team = Team.objects.filter(id=team_id).first()
    if team is None:
        raise NotFound
    return team


def access_project(principal: Principal, project_id: UUID, *, action: Action) -> Project:
    """The project with its team. Raises NotFound for who may not see it, PermissionDenied for who may only see it."""
    engine.require(principal, action, project_id)
    project = Project.objects.select_related("team").filter(id=project_id).first()
    if project is None:
        raise NotFound
    return project


def _archived() -> TeamArchived:
    return TeamArchived("Its owners may see and restore it. Nothing else can be done before it is restored.")
