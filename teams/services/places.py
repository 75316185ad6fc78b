"""Whether somebody may put something into a project, kept as it is until they have."""

from typing import Final
from uuid import UUID

from django.db import connection

from authorization import engine
from authorization.facts import Principal
from teams.actions import CREATE_IN_PROJECT
from teams.models.triggers import TREE_LOCK

# While this lock is shared no team is moved, archived or opened, so their rows need no lock here.
HOLD_TREE: Final = "SELECT pg_advisory_xact_lock_shared(%s)"
# In the order in which changes of teams lock. Each part is counted, because PostgreSQL skips what nobody reads.
HOLD: Final = """
WITH people AS (
    SELECT FROM accounts_user WHERE id = %(user)s FOR SHARE
), memberships AS (
    SELECT FROM teams_membership
     WHERE user_id = %(user)s
       AND team_id IN (
           SELECT link.ancestor_id FROM teams_project AS project
             JOIN teams_teamancestor AS link ON link.descendant_id = project.team_id WHERE project.id = %(project)s)
     ORDER BY id FOR SHARE
), projects AS (
    SELECT FROM teams_project WHERE id = %(project)s FOR SHARE
), explicit AS (
    SELECT FROM teams_projectmembership WHERE user_id = %(user)s AND project_id = %(project)s FOR SHARE
)
SELECT count(*) FROM people UNION ALL SELECT count(*) FROM memberships UNION ALL SELECT count(*) FROM projects
 UNION ALL SELECT count(*) FROM explicit
"""


def claim_place(principal: Principal, project_id: UUID) -> None:
    """Inside a transaction, until whose end the caller may make generations in the project.

    Raises NotFound for who does not see it, PermissionDenied for who may only look. Who waited for a lock is decided
    about afterwards, in a statement of its own, and so by what has changed meanwhile.
    """
    with connection.cursor() as cursor:
        cursor.execute(HOLD_TREE, [TREE_LOCK])
        cursor.execute(HOLD, {"user": principal.user_id, "project": project_id})
    engine.require(principal, CREATE_IN_PROJECT, project_id)
