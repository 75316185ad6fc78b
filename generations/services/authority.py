"""Keeping still what somebody's rights rest on while they use them: who takes a right away waits, or comes first."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.db import connection

from generations.services.locking import lock_generation
from teams.models.triggers import TREE_LOCK

# While this lock is shared no team is moved, archived or opened, so their rows need no lock here.
HOLD_TREE: Final = "SELECT pg_advisory_xact_lock_shared(%s)"
# In the order in which changes of teams lock too. Each part is counted, because PostgreSQL skips what nobody reads.
# Whoever waited here decides afterwards, in a statement of its own, and so sees what has changed meanwhile.
HOLD: Final = """
WITH place AS (
    SELECT project.team_id FROM generations_generation AS generation
      JOIN teams_project AS project ON project.id = generation.project_id WHERE generation.id = %(generation)s
     UNION SELECT share.team_id FROM generations_share AS share WHERE share.generation_id = %(generation)s
     UNION SELECT %(team)s::uuid
), people AS (
    SELECT FROM accounts_user WHERE id = ANY(%(people)s) ORDER BY id FOR SHARE
), memberships AS (
    SELECT FROM teams_membership
     WHERE user_id = %(holder)s
       AND team_id IN (SELECT ancestor_id FROM teams_teamancestor JOIN place ON place.team_id = descendant_id)
     ORDER BY id FOR SHARE
), projects AS (
    SELECT FROM teams_project AS project
      JOIN generations_generation AS generation ON generation.project_id = project.id
     WHERE generation.id = %(generation)s FOR SHARE OF project
), explicit AS (
    SELECT FROM teams_projectmembership AS explicit
      JOIN generations_generation AS generation ON generation.project_id = explicit.project_id
     WHERE generation.id = %(generation)s AND explicit.user_id = %(holder)s FOR SHARE OF explicit
), shares AS (
    SELECT FROM generations_share WHERE generation_id = %(generation)s ORDER BY id FOR SHARE
), groups AS (
    SELECT FROM accounts_user_groups WHERE user_id = %(holder)s ORDER BY id FOR SHARE
), grants AS (
    SELECT FROM generations_generationusergrant
     WHERE content_object_id = %(generation)s AND user_id = %(holder)s ORDER BY id FOR SHARE
), group_grants AS (
    SELECT FROM generations_generationgroupgrant WHERE content_object_id = %(generation)s ORDER BY id FOR SHARE
)
SELECT count(*) FROM people UNION ALL SELECT count(*) FROM memberships UNION ALL SELECT count(*) FROM projects
 UNION ALL SELECT count(*) FROM explicit UNION ALL SELECT count(*) FROM shares UNION ALL SELECT count(*) FROM groups
 UNION ALL SELECT count(*) FROM grants UNION ALL SELECT count(*) FROM group_grants
"""


def hold_rights(
    holder_id: UUID, generation_id: UUID, *, team_id: UUID | None = None, other_people: Sequence[UUID] = ()
) -> None:
    """Until the transaction ends, nothing changes by which the holder has rights on the generation.

    The same for `team_id`, a team it is to be shared with, and for the accounts of `other_people`.
    """
    parameters = {
        "generation": generation_id,
        "team": team_id,
        "people": [holder_id, *other_people],
        "holder": holder_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(HOLD_TREE, [TREE_LOCK])
        lock_generation(generation_id)
        cursor.execute(HOLD, parameters)
