"""Locks, always in this order: the tree, people, teams, memberships.

What the right of somebody depends on is locked before it is looked at, so that whoever takes the right away waits until
the change is done, or has won. Closing an account locks the account and then its teams, which is the same order.
"""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.db import connection

from accounts.models import User
from authorization.roles import Role
from teams.models import Membership, Team
from teams.models.triggers import ACTOR_SETTING, TREE_LOCK
from teams.rules import LOCKED_ROLES

# Whose names are written into the transaction, and whether teams may be moved or closed beside it.
BEGIN_CHANGE: Final = "SELECT set_config(%s, %s, true), pg_advisory_xact_lock_shared(%s)"
BEGIN_CHANGE_OF_TREE: Final = "SELECT set_config(%s, %s, true), pg_advisory_xact_lock(%s)"
# Rules that are looked at when a transaction ends are looked at now; what follows in it has another actor.
END_CHANGE: Final = f"""
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
SET LOCAL {ACTOR_SETTING} = '';
"""


def begin_change(actor_id: UUID | None, *, is_of_tree: bool) -> None:
    """Name who acts to the triggers (None: the system), and hold the tree as it is, or alone."""
    with connection.cursor() as cursor:
        statement = BEGIN_CHANGE_OF_TREE if is_of_tree else BEGIN_CHANGE
        cursor.execute(statement, [ACTOR_SETTING, _name_of(actor_id), TREE_LOCK])


def act_as(actor_id: UUID | None) -> None:
    """For the rest of the change somebody else acts, or (None) the system, where no single row can be judged."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [ACTOR_SETTING, _name_of(actor_id)])


def end_change() -> None:
    """Raises IntegrityError if a rule does not hold now."""
    with connection.cursor() as cursor:
        cursor.execute(END_CHANGE)


def lock_people(user_ids: Iterable[UUID]) -> dict[UUID, User]:
    """The active ones, who stay so until the transaction ends."""
    active = User.objects.raw(
        "SELECT * FROM accounts_user WHERE id = ANY(%s) AND status = 'active' ORDER BY id FOR SHARE",
        [list(user_ids)],
    )
    return {person.id: person for person in active}


def lock_teams(team_ids: Iterable[UUID]) -> dict[UUID, Team]:
    """Those that exist, each under the lock that orders the changes of its people."""
    teams = Team.objects.select_for_update(no_key=True).filter(id__in=list(team_ids)).order_by("id")
    return {team.id: team for team in teams}


def lock_role(user_id: UUID, team_id: UUID) -> Role | None:
    """The role of an active person in a team, by rule 1, which they keep until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(LOCKED_ROLES, [user_id, team_id])
        return max((Role.of_rank(rank) for (rank,) in cursor.fetchall()), key=lambda role: role.rank, default=None)


def lock_membership(team_id: UUID, user_id: UUID) -> Membership | None:
    """A person's own row in a team."""
    return Membership.objects.select_for_update().filter(team_id=team_id, user_id=user_id).first()


def _name_of(actor_id: UUID | None) -> str:
    return "" if actor_id is None else str(actor_id)
