"""What surrounds a person and a generation, also where it gives nothing: loaded in one statement to explain denials.

Unlike the policy it sees archived teams, periods that are over or not begun, and delegators who lost their right.
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from django.db import connection

from authorization.role_fields import bits_of
from authorization.roles import ALL_PERMISSIONS, PERMISSIONS_OF_ROLE
from generations.rules import HELD_IN_OWN_RIGHT, NOW

# Of shares and delegations; nobody reads an explanation of more.
MOST_ROWS: Final = 20
BITS_OF_ROLE: Final = "CASE held.role {} ELSE {} END".format(
    " ".join(f"WHEN {role.rank} THEN {bits_of(held)}" for role, held in PERMISSIONS_OF_ROLE.items()),
    bits_of(ALL_PERMISSIONS),
)


def _role_in(team: str) -> str:
    """The highest role by rule 1, as if no team were archived."""
    return f"""(SELECT max(membership.role) FROM teams_membership AS membership
        JOIN teams_teamancestor AS link ON link.ancestor_id = membership.team_id
       WHERE membership.user_id = %(user)s AND link.descendant_id = {team})"""


def _archived_above(team: str) -> str:
    """The name of the nearest team that is archived, the team itself among them."""
    return f"""(SELECT above.name FROM teams_teamancestor AS link
        JOIN teams_team AS above ON above.id = link.ancestor_id
       WHERE link.descendant_id = {team} AND above.archived_at IS NOT NULL ORDER BY link.distance LIMIT 1)"""


ALL_BITS: Final = bits_of(ALL_PERMISSIONS)
OF_DELEGATOR: Final = HELD_IN_OWN_RIGHT.format(
    user="= delegation.delegator_id", generation="= delegation.generation_id"
)
HELD_BY_DELEGATOR: Final = f"""(SELECT coalesce(bit_or({BITS_OF_ROLE} & coalesce(held.mask, {ALL_BITS})), 0)
  FROM ({OF_DELEGATOR}) AS held)"""

SITUATION: Final = f"""
SELECT jsonb_build_object(
    'is_active', EXISTS (SELECT FROM accounts_user WHERE id = %(user)s AND status = 'active'),
    'is_superuser', EXISTS (SELECT FROM accounts_user WHERE id = %(user)s AND is_superuser),
    'project', (
        SELECT jsonb_build_object(
                   'name', project.name, 'is_restricted', project.visibility = 'restricted', 'team', team.name,
                   'archived', {_archived_above("team.id")}, 'role', {_role_in("team.id")}, 'explicit', explicit.role)
          FROM generations_generation AS generation
          JOIN teams_project AS project ON project.id = generation.project_id
          JOIN teams_team AS team ON team.id = project.team_id
          LEFT JOIN teams_projectmembership AS explicit
            ON explicit.project_id = project.id AND explicit.user_id = %(user)s
         WHERE generation.id = %(generation)s),
    'shares', (
        SELECT coalesce(jsonb_agg(entry), '[]') FROM (
            SELECT team.name AS team, share.role AS limit, {_archived_above("team.id")} AS archived,
                   {_role_in("team.id")} AS role, share.starts_at > {NOW} AS is_early,
                   coalesce(share.expires_at <= {NOW}, false) AS is_over
              FROM generations_share AS share JOIN teams_team AS team ON team.id = share.team_id
             WHERE share.generation_id = %(generation)s
             ORDER BY role DESC NULLS LAST, share.created_at LIMIT {MOST_ROWS}
        ) AS entry),
    'delegations', (
        SELECT coalesce(jsonb_agg(entry), '[]') FROM (
            SELECT delegator.display_name AS delegator, delegator.status = 'active' AS is_delegator_active,
                   delegation.permissions AS permissions, {HELD_BY_DELEGATOR} AS held,
                   delegation.starts_at > {NOW} AS is_early, delegation.expires_at <= {NOW} AS is_over
              FROM generations_delegation AS delegation JOIN accounts_user AS delegator
                ON delegator.id = delegation.delegator_id
             WHERE delegation.generation_id = %(generation)s AND delegation.delegate_id = %(user)s
             ORDER BY delegation.expires_at DESC LIMIT {MOST_ROWS}
        ) AS entry))
"""


def situation_of(user_id: UUID, generation_id: UUID) -> Mapping[str, Any]:
    """As SITUATION names its parts; roles are ranks, permissions bits, and None stands for what is not there."""
    with connection.cursor() as cursor:
        cursor.execute(SITUATION, {"user": user_id, "generation": generation_id})
        (found,) = cursor.fetchone()
    loaded: dict[str, Any] = json.loads(found)
    return loaded
