"""Who may do what to a team, its people and its place in the tree."""

from typing import Final
from uuid import UUID

from tests.authorization.reference.rules import chain, highest, is_closed, role, working_role
from tests.authorization.reference.world import ROLES, World

MOST_LEVELS: Final = 10
LEAST_ROLE_FOR: Final = {
    "read": "viewer",
    "create_generations": "member",
    "create_teams": "admin",
    "create_projects": "admin",
    "invite": "admin",
    "manage_members": "admin",
    "see_usage": "admin",
    "rename": "owner",
    "move": "owner",
    "archive": "owner",
    "restore": "owner",
    "delete": "owner",
    "transfer": "owner",
    "set_budgets": "owner",
}
LEFT_WHEN_CLOSED: Final = {"read", "restore"}
LEAST_ROLE_IN_PROJECT_FOR: Final = {"see_members": "viewer", "create_generations": "member", "manage": "admin"}


def is_at_least(held: str | None, least: str) -> bool:
    """Whether a role reaches another."""
    return held is not None and ROLES.index(held) >= ROLES.index(least)


def is_active(world: World, person: UUID) -> bool:
    """Whether the account can be used."""
    return world.people[person].status == "active"


def may(world: World, person: UUID, team: UUID, deed: str) -> bool:
    """The table, by the role in the team. A closed team is left to its owners, to see and to restore."""
    held = role(world, person, team) if is_active(world, person) else None
    if is_closed(world, team):
        return held == "owner" and deed in LEFT_WHEN_CLOSED
    return is_at_least(held, LEAST_ROLE_FOR[deed])


def role_in_project(world: World, person: UUID, project: UUID) -> str | None:
    """Rule 2: the role that counts for what lies in a project."""
    place = world.projects[project]
    in_team = working_role(world, person, place.team)
    if in_team is None or not is_active(world, person):
        return None
    reaches_in = place.visibility == "team" or is_at_least(in_team, "admin")
    return highest(in_team if reaches_in else None, world.project_roles.get((project, person)))


def may_in_project(world: World, person: UUID, project: UUID, deed: str) -> bool:
    """By the role that counts there. Who has any role in the team sees its projects, if not what they hold."""
    if deed == "read":
        return is_active(world, person) and working_role(world, person, world.projects[project].team) is not None
    return is_at_least(role_in_project(world, person, project), LEAST_ROLE_IN_PROJECT_FOR[deed])


def may_hand_out(own: str | None, given: str) -> bool:
    """Only roles below one's own; owners may also make owners."""
    return own == "owner" or (own is not None and ROLES.index(given) < ROLES.index(own))


def may_set_role(world: World, person: UUID, team: UUID, target: UUID, *, given: str | None) -> bool:
    """Give, change or (None) take a role: who manages members, with roles below their own only."""
    own = role(world, person, team)
    touched = [it for it in (world.memberships.get((team, target)), given) if it is not None]
    return may(world, person, team, "manage_members") and all(may_hand_out(own, it) for it in touched)


def may_move(world: World, person: UUID, team: UUID, parent: UUID | None) -> bool:
    """Who owns the team and is an admin of the new parent."""
    return may(world, person, team, "move") and (parent is None or may(world, person, parent, "create_teams"))


def makes_cycle(world: World, team: UUID, parent: UUID | None) -> bool:
    """Whether a team would stand below itself."""
    return parent is not None and team in chain(world, parent)


def levels(world: World) -> int:
    """From a root to the deepest team."""
    return max((len(list(chain(world, team))) for team in world.teams), default=0)


def ownerless_roots(world: World) -> set[UUID]:
    """Roots without an active owner. There must be none."""
    owned = {team for (team, it), held in world.memberships.items() if held == "owner" and is_active(world, it)}
    return {team for team, it in world.teams.items() if it.parent is None} - owned
