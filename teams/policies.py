"""What the engine must know about teams and projects."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from accounts.models import User
from authorization.actions import Action
from authorization.facts import AccessMethod, Path, ResourceFacts, ResourceState
from authorization.layers.granting import is_left_by_state
from authorization.roles import Permission, Role
from teams import actions
from teams.models import Project, Team
from teams.rules import WAYS_TO_PROJECTS, WAYS_TO_TEAMS

ONLY_TO_SEE: Final = frozenset({Permission.READ})
FACTS_OF_TEAMS: Final = f"""
SELECT team.id, team.is_closed, 'team_membership', way.role, way.source_id
  FROM teams_team AS team
  LEFT JOIN ({WAYS_TO_TEAMS}) AS way ON way.team_id = team.id AND way.user_id = %s
 WHERE team.id = ANY(%s)
"""
FACTS_OF_PROJECTS: Final = f"""
SELECT project.id, false, way.method, way.role, way.source_id
  FROM teams_project AS project
  LEFT JOIN ({WAYS_TO_PROJECTS}) AS way ON way.project_id = project.id AND way.user_id = %s AND way.project_id = ANY(%s)
 WHERE project.id = ANY(%s)
"""


class TeamResource:
    """A team is reached by a role in it or above it."""

    name = actions.TEAM

    def facts_for(self, user_id: UUID, resource_ids: Sequence[UUID]) -> Mapping[UUID, ResourceFacts]:
        """One statement, whatever the number of ids."""
        return _facts_of(FACTS_OF_TEAMS, [user_id, list(resource_ids)])

    def visible_to(self, user_id: UUID, action: Action) -> QuerySet[Team]:
        """Exactly the teams for which the engine allows `action`."""
        ways = f"SELECT way.team_id FROM ({WAYS_TO_TEAMS}) AS way WHERE way.user_id = %s AND way.role >= %s"
        reached = Team.objects.filter(id__in=RawSQL(ways, [user_id, _least_rank(action)]))  # noqa: S611 - constants
        return reached if _is_for_closed(action) else reached.filter(is_closed=False)

    def holders_of(self, action: Action, resource_id: UUID) -> QuerySet[User]:
        """Exactly the people whom the engine allows `action`."""
        ways = f"SELECT way.user_id FROM ({WAYS_TO_TEAMS}) AS way WHERE way.team_id = %s AND way.role >= %s"
        if not _is_for_closed(action) and Team.objects.filter(id=resource_id, is_closed=True).exists():
            return User.objects.none()
        return User.objects.filter(id__in=RawSQL(ways, [resource_id, _least_rank(action)]))  # noqa: S611 - constants


class ProjectResource:
    """A project is reached by rule 2; who has any role in its team may at least see that it exists."""

    name = actions.PROJECT

    def facts_for(self, user_id: UUID, resource_ids: Sequence[UUID]) -> Mapping[UUID, ResourceFacts]:
        """One statement, whatever the number of ids."""
        return _facts_of(FACTS_OF_PROJECTS, [user_id, list(resource_ids), list(resource_ids)])

    def visible_to(self, user_id: UUID, action: Action) -> QuerySet[Project]:
        """Exactly the projects for which the engine allows `action`."""
        ways = f"""
        SELECT way.project_id FROM ({WAYS_TO_PROJECTS}) AS way WHERE way.user_id = %s AND coalesce(way.role, 0) >= %s
        """
        return Project.objects.filter(id__in=RawSQL(ways, [user_id, _least_rank(action)]))  # noqa: S611 - constants

    def holders_of(self, action: Action, resource_id: UUID) -> QuerySet[User]:
        """Exactly the people whom the engine allows `action`."""
        ways = f"""
        SELECT way.user_id FROM ({WAYS_TO_PROJECTS}) AS way WHERE way.project_id = %s AND coalesce(way.role, 0) >= %s
        """
        return User.objects.filter(id__in=RawSQL(ways, [resource_id, _least_rank(action)]))  # noqa: S611 - constants


def _least_rank(action: Action) -> int:
    """0, below all roles, for what the mere sight of a project allows."""
    if action.least_role is None and action.permission is not Permission.READ:
        raise ValueError(f"nobody holds {action} on a team or project")
    return 0 if action.least_role is None else action.least_role.rank


def _is_for_closed(action: Action) -> bool:
    return is_left_by_state(action, ResourceState.ARCHIVED)


def _facts_of(statement: str, parameters: list[Any]) -> dict[UUID, ResourceFacts]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        rows = cursor.fetchall()
    states = {resource_id: actions.state_of(is_closed=is_closed) for resource_id, is_closed, *_ in rows}
    paths: dict[UUID, list[Path]] = {resource_id: [] for resource_id in states}
    for resource_id, _, method, rank, source_id in rows:
        paths[resource_id].extend(_path_of(method, rank, source_id))
    return {
        resource_id: ResourceFacts(resource_id, state=states[resource_id], paths=tuple(ways))
        for resource_id, ways in paths.items()
    }


def _path_of(method: str, rank: int | None, source_id: UUID | None) -> Iterable[Path]:
    if source_id is None:
        return []
    if rank is None:
        return [Path(AccessMethod(method), mask=ONLY_TO_SEE, source_id=source_id)]
    return [Path(AccessMethod(method), Role.of_rank(rank), source_id=source_id)]


TEAM_RESOURCE = TeamResource()
PROJECT_RESOURCE = ProjectResource()
