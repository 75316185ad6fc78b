"""Rule 1 worked out for everybody: mv_user_authorization_context.

For lists, reports and warm-up. Nothing is decided by it: its rows are as old as the latest refresh.
"""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from django.db import connection

from authorization.roles import Role
from teams.rules import ROLES_IN_TEAMS
from velro.caching.materialized_views import MaterializedView

NAME_OF_RANK: Final = " ".join(f"WHEN {role.rank} THEN '{role}'" for role in Role)
# One row per person who reaches a team, with their highest role there; of equal ones the nearest. `depth` counts the
# steps up to `source_team_id`, where the role is held.
AUTHORIZATION_CONTEXT: Final = MaterializedView(
    "mv_user_authorization_context",
    f"""
SELECT DISTINCT ON (held.user_id, held.team_id)
       held.user_id, held.team_id, held.role AS role_rank, CASE held.role {NAME_OF_RANK} END AS role,
       held.source_id AS source_team_id, way.distance AS depth
  FROM ({ROLES_IN_TEAMS}) AS held
  JOIN teams_teamancestor AS way ON way.descendant_id = held.team_id AND way.ancestor_id = held.source_id
  JOIN accounts_user AS person ON person.id = held.user_id AND person.status = 'active'
 ORDER BY held.user_id, held.team_id, held.role DESC, way.distance
""",
    key=("user_id", "team_id"),
    indexes=(("team_id",),),
)
PEOPLE_BY_TEAM: Final = """
SELECT team_id, count(*) FROM mv_user_authorization_context WHERE team_id = ANY(%s) GROUP BY team_id
"""


def people_by_team(team_ids: Sequence[UUID]) -> Mapping[UUID, int]:
    """How many people reach each of these teams, as of the latest refresh; without those that nobody reached.

    One statement. The view must have been filled.
    """
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE_BY_TEAM, [list(team_ids)])
        return dict(cursor.fetchall())
