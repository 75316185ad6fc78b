"""The seven rules of `docs/authorization.md`, one function each, for clarity and not for speed.

A rule answers with the ways in which it gives one person something on one generation. The state of the generation then
limits every way. All public questions are answered from the ways that are left.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from tests.authorization.reference.world import EVERYTHING, ROLES, Delegation, World

PERMISSIONS_OF = {
    "viewer": frozenset({"read"}),
    "member": frozenset({"read", "write"}),
    "admin": EVERYTHING,
    "owner": EVERYTHING,
}
METHODS = (
    "direct_ownership",
    "team_membership",
    "project_membership",
    "team_share",
    "delegation",
    "object_grant",
    "break_glass",
)
LEFT_IN_STATE = {
    "available": EVERYTHING,
    "archived": frozenset({"read", "delete"}),
    "quarantined": frozenset({"read"}),
    "deleted": frozenset[str](),
}


@dataclass(frozen=True, slots=True)
class Way:
    """One way in which somebody may do something. `role` is None where the rule gives permissions without a role."""

    method: str
    role: str | None
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one person has on one generation, when asking for one action."""

    is_allowed: bool
    method: str | None
    effective_role: str | None
    permissions: frozenset[str]


def chain(world: World, team: UUID) -> Iterator[UUID]:
    """The team, its parent, and so on up to the root."""
    above: UUID | None = team
    while above is not None:
        yield above
        above = world.teams[above].parent


def highest(*roles: str | None) -> str | None:
    """The highest of those that are there."""
    return max((role for role in roles if role is not None), key=ROLES.index, default=None)


def lowest(one: str, other: str) -> str:
    """The lower of two."""
    return min(one, other, key=ROLES.index)


def role(world: World, person: UUID, team: UUID) -> str | None:
    """Rule 1: the highest role in the team or in any team above it. Nothing flows up or sideways."""
    return highest(*(world.memberships.get((above, person)) for above in chain(world, team)))


def is_closed(world: World, team: UUID) -> bool:
    """Rule 1: archived, or with an archived team above it."""
    return any(world.teams[above].is_archived for above in chain(world, team))


def working_role(world: World, person: UUID, team: UUID) -> str | None:
    """Rule 1: what counts for generations. A closed team gives no access to any."""
    return None if is_closed(world, team) else role(world, person, team)


def ways_by_ownership(world: World, person: UUID, generation: UUID) -> Iterator[Way]:
    """Rule 3: of a personal generation always; of one in a project while holding any role in its team."""
    made = world.generations[generation]
    if made.creator != person:
        return
    if made.project is None or working_role(world, person, world.projects[made.project].team) is not None:
        yield Way("direct_ownership", "owner", EVERYTHING)


def ways_by_project(world: World, person: UUID, project: UUID) -> Iterator[Way]:
    """Rule 2: the role in the team, unless restricted and below admin; an explicit one beside any role in the team."""
    place = world.projects[project]
    in_team = working_role(world, person, place.team)
    if in_team is None:
        return
    if place.visibility == "team" or in_team in {"admin", "owner"}:
        yield Way("team_membership", in_team, PERMISSIONS_OF[in_team])
    explicit = world.project_roles.get((project, person))
    if explicit is not None:
        yield Way("project_membership", explicit, PERMISSIONS_OF[explicit])


def ways_by_share(world: World, person: UUID, generation: UUID, now: datetime) -> Iterator[Way]:
    """Rule 4: the lower of the role in the team shared with and the role of the share."""
    for share in world.shares:
        in_team = working_role(world, person, share.team)
        if share.generation == generation and share.window.is_open(now) and in_team is not None:
            shared = lowest(in_team, share.role)
            yield Way("team_share", shared, PERMISSIONS_OF[shared])


def ways_by_delegation(world: World, person: UUID, generation: UUID, now: datetime) -> Iterator[Way]:
    """Rule 5: what is delegated and, at this moment, the delegator's own by rules 2, 3, 4 or 6."""
    for delegation in world.delegations:
        if (delegation.generation, delegation.delegate) == (generation, person) and delegation.window.is_open(now):
            yield Way("delegation", None, delegation.permissions & _held_by_delegator(world, delegation, now))


def _held_by_delegator(world: World, delegation: Delegation, now: datetime) -> frozenset[str]:
    return permissions_of(own_ways(world, delegation.delegator, delegation.generation, now))


def ways_by_object_grant(world: World, person: UUID, generation: UUID) -> Iterator[Way]:
    """Rule 6: for the person, or for a group the person is in."""
    for grant in world.object_grants:
        is_held = grant.holder == person or (grant.holder, person) in world.group_members
        if grant.generation == generation and is_held:
            yield Way("object_grant", None, grant.permissions)


def ways_by_break_glass(world: World, person: UUID, generation: UUID, now: datetime) -> Iterator[Way]:
    """Rule 7: being a superuser gives nothing; a grant opened as one does, while still being one."""
    for glass in world.broken_glass:
        is_theirs = (glass.generation, glass.superuser) == (generation, person)
        if is_theirs and world.people[person].is_superuser and glass.window.is_open(now):
            yield Way("break_glass", None, glass.permissions)


def own_ways(world: World, person: UUID, generation: UUID, now: datetime) -> list[Way]:
    """Rules 2, 3, 4 and 6: what may be passed on. Who is not active has nothing."""
    if world.people[person].status != "active":
        return []
    project = world.generations[generation].project
    return [
        *ways_by_ownership(world, person, generation),
        *(ways_by_project(world, person, project) if project is not None else ()),
        *ways_by_share(world, person, generation, now),
        *ways_by_object_grant(world, person, generation),
    ]


def ways(world: World, person: UUID, generation: UUID, now: datetime) -> list[Way]:
    """All rules."""
    if world.people[person].status != "active":
        return []
    return [
        *own_ways(world, person, generation, now),
        *ways_by_delegation(world, person, generation, now),
        *ways_by_break_glass(world, person, generation, now),
    ]


def left_in_state(found: list[Way], state: str) -> list[Way]:
    """What is left of each way, in the order in which methods are named.

    Deleted: nothing. Archived: read and delete. Quarantined: read, for the creator and for admins and owners.
    """
    is_shut = {way: state == "quarantined" and way.role not in {"admin", "owner"} for way in found}
    left = (replace(way, permissions=way.permissions & LEFT_IN_STATE[state]) for way in found if not is_shut[way])
    return sorted((way for way in left if way.permissions), key=lambda way: METHODS.index(way.method))


def permissions_of(found: list[Way]) -> frozenset[str]:
    """The union over all ways."""
    return frozenset[str]().union(*(way.permissions for way in found))


def effective_role_of(found: list[Way]) -> str | None:
    """The highest role reached; without one, delegate before grantee."""
    reached = highest(*(way.role for way in found))
    if reached is not None or not found:
        return reached
    return "delegate" if any(way.method == "delegation" for way in found) else "grantee"


def judge(found: list[Way], state: str, *, action: str = "read") -> Verdict:
    """What all ways to a generation in this state come to. The method is the first that gives the action."""
    left = left_in_state(found, state)
    method = next((way.method for way in left if action in way.permissions), None)
    return Verdict(
        is_allowed=method is not None,
        method=method,
        effective_role=effective_role_of(left),
        permissions=permissions_of(left),
    )


def verdict(world: World, person: UUID, generation: UUID, now: datetime, *, action: str = "read") -> Verdict:
    """What one person has on one generation when asking for this."""
    return judge(ways(world, person, generation, now), world.generations[generation].state, action=action)


def own_permissions(world: World, person: UUID, generation: UUID, now: datetime) -> frozenset[str]:
    """What a person may pass on: not what they have by delegation or break glass only."""
    return permissions_of(left_in_state(own_ways(world, person, generation, now), world.generations[generation].state))


def visible(world: World, person: UUID, now: datetime, *, action: str = "read") -> set[UUID]:
    """The generations to which a person may do this."""
    return {made for made in world.generations if verdict(world, person, made, now, action=action).is_allowed}


def subjects(world: World, generation: UUID, now: datetime, *, action: str = "read") -> set[UUID]:
    """The people who may do this to a generation."""
    return {person for person in world.people if verdict(world, person, generation, now, action=action).is_allowed}
