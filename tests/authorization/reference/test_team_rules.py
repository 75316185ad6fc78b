"""The table of team permissions, cell by cell, and who may give which role to whom. No database, no product."""

from uuid import UUID, uuid4

import pytest

from tests.authorization.reference import team_rules
from tests.authorization.reference.world import ROLES, Person, Project, Team, World

PERSON, TARGET = uuid4(), uuid4()
ROOT, TEAM, ELSEWHERE = uuid4(), uuid4(), uuid4()
PROJECT = uuid4()
TABLE = {
    "viewer": {"read"},
    "member": {"read", "create_generations"},
    "admin": {
        "read",
        "create_generations",
        "create_teams",
        "create_projects",
        "invite",
        "manage_members",
        "see_usage",
    },
    "owner": set(team_rules.LEAST_ROLE_FOR),
}
# Who hands out which role to whom, as "own role: new role of somebody whose role is ...".
ALLOWED_CHANGES: dict[tuple[str, str | None], set[str | None]] = {
    ("admin", None): {"viewer", "member"},
    ("admin", "viewer"): {None, "viewer", "member"},
    ("admin", "member"): {None, "viewer", "member"},
    **{("owner", former): {None, *ROLES} for former in (None, *ROLES)},
}


def world_of(held: str | None, *, visibility: str = "team", explicit: str | None = None) -> World:
    """PERSON holds the role in ROOT, above TEAM with its PROJECT."""
    return World(
        people={PERSON: Person(), TARGET: Person()},
        teams={ROOT: Team(), TEAM: Team(ROOT), ELSEWHERE: Team()},
        memberships={(ROOT, PERSON): held} if held else {},
        projects={PROJECT: Project(TEAM, visibility)},
        project_roles={(PROJECT, PERSON): explicit} if explicit else {},
    )


def deeds(world: World, team: UUID = TEAM) -> set[str]:
    return {deed for deed in team_rules.LEAST_ROLE_FOR if team_rules.may(world, PERSON, team, deed)}


@pytest.mark.parametrize("held", ROLES)
def test_what_each_role_may_do(held: str) -> None:
    world = world_of(held)
    assert deeds(world) == deeds(world, ROOT) == TABLE[held]
    assert deeds(world, ELSEWHERE) == set()


@pytest.mark.parametrize("closed", [TEAM, ROOT])
def test_a_closed_team_is_left_to_its_owners(closed: UUID) -> None:
    for held in ROLES:
        world = world_of(held)
        world.teams[closed].is_archived = True
        assert deeds(world) == ({"read", "restore"} if held == "owner" else set())


def test_who_is_suspended_may_nothing() -> None:
    world = world_of("owner")
    world.people[PERSON].status = "suspended"
    assert deeds(world) == set()


@pytest.mark.parametrize(
    ("held", "visibility", "explicit", "allowed"),
    [
        ("viewer", "team", None, {"read", "see_members"}),
        ("member", "team", None, {"read", "see_members", "create_generations"}),
        ("viewer", "team", "member", {"read", "see_members", "create_generations"}),
        ("member", "restricted", None, {"read"}),
        ("member", "restricted", "viewer", {"read", "see_members"}),
        ("viewer", "restricted", "admin", {"read", "see_members", "create_generations", "manage"}),
        ("admin", "restricted", None, {"read", "see_members", "create_generations", "manage"}),
        (None, "team", "admin", set()),
    ],
)
def test_who_may_what_in_a_project(held: str | None, visibility: str, explicit: str | None, allowed: set[str]) -> None:
    world = world_of(held, visibility=visibility, explicit=explicit)
    deeds_in_project = ("read", *team_rules.LEAST_ROLE_IN_PROJECT_FOR)
    assert {it for it in deeds_in_project if team_rules.may_in_project(world, PERSON, PROJECT, it)} == allowed


@pytest.mark.parametrize("own", [None, *ROLES])
@pytest.mark.parametrize("former", [None, *ROLES])
def test_nobody_reaches_above_their_role(own: str | None, former: str | None) -> None:
    world = world_of(own)
    if former:
        world.memberships[TEAM, TARGET] = former
    allowed = {it for it in (None, *ROLES) if team_rules.may_set_role(world, PERSON, TEAM, TARGET, given=it)}
    assert allowed - {former} == ALLOWED_CHANGES.get((str(own), former), set()) - {former}


def test_a_move_needs_an_owner_of_the_team_and_an_admin_of_its_new_parent() -> None:
    world = world_of("owner")
    assert not team_rules.may_move(world, PERSON, TEAM, ELSEWHERE)
    world.memberships[ELSEWHERE, PERSON] = "admin"
    assert team_rules.may_move(world, PERSON, TEAM, ELSEWHERE)
    world.memberships[ROOT, PERSON] = "admin"
    assert not team_rules.may_move(world, PERSON, TEAM, ELSEWHERE)


def test_the_tree() -> None:
    world = world_of("owner")
    assert team_rules.makes_cycle(world, ROOT, TEAM)
    assert team_rules.makes_cycle(world, TEAM, TEAM)
    assert not team_rules.makes_cycle(world, TEAM, ELSEWHERE)
    assert team_rules.levels(world) == 2


def test_roots_have_active_owners() -> None:
    world = world_of("owner")
    assert team_rules.ownerless_roots(world) == {ELSEWHERE}
    world.people[PERSON].status = "deactivated"
    assert team_rules.ownerless_roots(world) == {ROOT, ELSEWHERE}
