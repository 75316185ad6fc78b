"""Whose rights on what a change can touch: never too little, and cut where it is too much to compare."""

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.db import connection

from generations.impact import MOST_PAIRS, Scope

# Everybody with a role in one of the teams, above them or below them; as its members a person has, then, who acts in
# their place on something.
PEOPLE_OF_TEAMS: Final = """
SELECT user_id FROM teams_membership WHERE team_id IN (
    SELECT ancestor_id FROM teams_teamancestor WHERE descendant_id = ANY(%(teams)s)
     UNION SELECT descendant_id FROM teams_teamancestor WHERE ancestor_id = ANY(%(teams)s))
"""
WITH_DELEGATES: Final = """
WITH touched AS ({people})
SELECT user_id FROM touched
 UNION SELECT delegate_id FROM generations_delegation WHERE delegator_id IN (SELECT user_id FROM touched)
 ORDER BY user_id LIMIT %(limit)s
"""
GENERATIONS_OF_TEAM: Final = """
WITH below AS (SELECT descendant_id AS team_id FROM teams_teamancestor WHERE ancestor_id = %(team)s)
SELECT generation.id FROM generations_generation AS generation
  JOIN teams_project AS project ON project.id = generation.project_id
 WHERE project.team_id IN (SELECT team_id FROM below) AND generation.deleted_at IS NULL
 UNION
SELECT generation_id FROM generations_share WHERE team_id IN (SELECT team_id FROM below)
 ORDER BY 1 LIMIT %(limit)s
"""


def scope_of_member(team_id: UUID, user_id: UUID) -> Scope:
    """A role of one person in a team: they, and who acts in their place."""
    return _scope("SELECT %(user)s::uuid AS user_id", {"user": user_id}, team_id=team_id)


def scope_of_team(team_id: UUID, *, parent_id: UUID | None = None) -> Scope:
    """The place of a team, and a place it may move to: whoever has a role above or below."""
    teams = [team_id] if parent_id is None else [team_id, parent_id]
    return _scope(PEOPLE_OF_TEAMS, {"teams": teams}, team_id=team_id)


def scope_of_share(generation_id: UUID, *, team_id: UUID) -> Scope:
    """A share of one generation with one team."""
    people, is_whole = _people(PEOPLE_OF_TEAMS, {"teams": [team_id]})
    return Scope(people, [generation_id], is_whole)


def _scope(people: str, parameters: dict[str, Any], *, team_id: UUID) -> Scope:
    found, has_everybody = _people(people, parameters)
    limit = max(MOST_PAIRS // max(len(found), 1), 1)
    generations = _ids(GENERATIONS_OF_TEAM, {"team": team_id, "limit": limit + 1})
    return Scope(found, generations[:limit], is_complete=has_everybody and len(generations) <= limit)


def _people(people: str, parameters: dict[str, Any]) -> tuple[Sequence[UUID], bool]:
    found = _ids(WITH_DELEGATES.format(people=people), {**parameters, "limit": MOST_PAIRS + 1})
    return found[:MOST_PAIRS], len(found) <= MOST_PAIRS


def _ids(statement: str, parameters: dict[str, Any]) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [found for (found,) in cursor.fetchall()]
