"""The sentences of the rules, each as an example, so that the reference can be trusted. No database, no product."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from tests.authorization.reference import rules
from tests.authorization.reference.world import (
    ALWAYS,
    EVERYTHING,
    BreakGlass,
    Delegation,
    Generation,
    ObjectGrant,
    Person,
    Project,
    Share,
    Team,
    Window,
    World,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
CREATOR, PERSON, BOSS, OTHER = (uuid4() for _ in range(4))
ROOT, TEAM, CHILD, SIBLING = (uuid4() for _ in range(4))
PROJECT, PERSONAL, SHARED_WORK = (uuid4() for _ in range(3))
GROUP = 7
Change = Callable[[World], object]


def world_of(*changes: Change) -> World:
    """ROOT has TEAM and SIBLING below it, TEAM has CHILD. SHARED_WORK lies in TEAM's project. Nobody has a role."""
    world = World(
        people={person: Person() for person in (CREATOR, PERSON, BOSS, OTHER)},
        teams={ROOT: Team(), TEAM: Team(ROOT), CHILD: Team(TEAM), SIBLING: Team(ROOT)},
        projects={PROJECT: Project(TEAM)},
        generations={PERSONAL: Generation(CREATOR), SHARED_WORK: Generation(CREATOR, PROJECT)},
    )
    for change in changes:
        change(world)
    return world


def member(team: UUID, role: str, person: UUID = PERSON) -> Change:
    return lambda world: world.memberships.update({(team, person): role})


def explicit(role: str, person: UUID = PERSON) -> Change:
    return lambda world: world.project_roles.update({(PROJECT, person): role})


def shared(role: str, team: UUID = SIBLING, window: Window = ALWAYS) -> Change:
    return lambda world: world.shares.append(Share(PERSONAL, team, role, window))


def through_share() -> list[Change]:
    return [shared("member"), member(SIBLING, "owner")]


def delegated(
    *permissions: str, by: UUID = CREATOR, to: UUID = PERSON, generation: UUID = PERSONAL, window: Window = ALWAYS
) -> Change:
    made = Delegation(generation, by, to, frozenset(permissions), window)
    return lambda world: world.delegations.append(made)


def granted(*permissions: str, holder: UUID | int = PERSON) -> Change:
    return lambda world: world.object_grants.append(ObjectGrant(PERSONAL, holder, frozenset(permissions)))


def in_group(person: UUID = PERSON) -> Change:
    return lambda world: world.group_members.add((GROUP, person))


def glass(window: Window, person: UUID = PERSON) -> Change:
    return lambda world: world.broken_glass.append(BreakGlass(PERSONAL, person, window))


def superuser(person: UUID = PERSON) -> Change:
    return lambda world: world.people.update({person: replace(world.people[person], is_superuser=True)})


def account(status: str, person: UUID = PERSON) -> Change:
    return lambda world: world.people.update({person: replace(world.people[person], status=status)})


def archived(team: UUID) -> Change:
    return lambda world: world.teams.update({team: replace(world.teams[team], is_archived=True)})


def restricted() -> Change:
    return lambda world: world.projects.update({PROJECT: Project(TEAM, "restricted")})


def state(name: str, generation: UUID = PERSONAL) -> Change:
    return lambda world: world.generations.update({generation: replace(world.generations[generation], state=name)})


# What a person has, as "permissions | the method that gives `read`, or - | effective role"; nothing is "".
Example = tuple[str, list[Change], str]
ROLE_EXAMPLES: list[Example] = [
    ("a viewer reads", [member(TEAM, "viewer")], "read | team_membership | viewer"),
    ("a member writes", [member(TEAM, "member")], "read write | team_membership | member"),
    ("an admin holds everything", [member(TEAM, "admin")], "read write share delete | team_membership | admin"),
    ("an owner holds everything", [member(TEAM, "owner")], "read write share delete | team_membership | owner"),
    ("roles flow down", [member(ROOT, "member")], "read write | team_membership | member"),
    (
        "the higher role from above wins",
        [member(ROOT, "member"), member(TEAM, "viewer")],
        "read write | team_membership | member",
    ),
    (
        "the higher role below wins",
        [member(ROOT, "viewer"), member(TEAM, "member")],
        "read write | team_membership | member",
    ),
    ("nothing flows up", [member(CHILD, "owner")], ""),
    ("nothing flows sideways", [member(SIBLING, "owner")], ""),
    ("an archived team gives nothing", [member(TEAM, "owner"), archived(TEAM)], ""),
    ("nor does one below an archived team", [member(TEAM, "owner"), archived(ROOT)], ""),
    (
        "an archived team below takes nothing away",
        [member(TEAM, "viewer"), archived(CHILD)],
        "read | team_membership | viewer",
    ),
    ("who is deactivated has nothing", [account("deactivated"), member(TEAM, "owner")], ""),
]
PROJECT_EXAMPLES: list[Example] = [
    (
        "the higher of team and project role counts",
        [member(TEAM, "viewer"), explicit("member")],
        "read write | team_membership | member",
    ),
    (
        "a project role takes nothing away",
        [member(TEAM, "member"), explicit("viewer")],
        "read write | team_membership | member",
    ),
    ("a project role without any team role is nothing", [explicit("admin")], ""),
    (
        "a project role beside a role above the team counts",
        [member(ROOT, "viewer"), explicit("member")],
        "read write | team_membership | member",
    ),
    ("a restricted project is closed to members", [restricted(), member(TEAM, "member")], ""),
    (
        "a restricted project is open to admins",
        [restricted(), member(ROOT, "admin")],
        "read write share delete | team_membership | admin",
    ),
    (
        "a restricted project is open by a role in it",
        [restricted(), member(TEAM, "member"), explicit("viewer")],
        "read | project_membership | viewer",
    ),
    ("a project of an archived team is closed", [member(TEAM, "viewer"), explicit("admin"), archived(TEAM)], ""),
]
OWNERSHIP_EXAMPLES: list[Example] = [
    ("what lies in a project is not its creator's without a role in its team", [], ""),
    (
        "it is with any role in its team",
        [member(TEAM, "viewer", CREATOR)],
        "read write share delete | direct_ownership | owner",
    ),
    (
        "it is with any role above its team",
        [member(ROOT, "viewer", CREATOR)],
        "read write share delete | direct_ownership | owner",
    ),
    (
        "it is even where the project is closed to the creator",
        [restricted(), member(TEAM, "viewer", CREATOR)],
        "read write share delete | direct_ownership | owner",
    ),
    ("it is not in an archived team", [member(TEAM, "owner", CREATOR), archived(ROOT)], ""),
    ("quarantined, it is hidden from a creator who left", [state("quarantined", SHARED_WORK)], ""),
]
SHARE_EXAMPLES: list[Example] = [
    ("a share gives no more than its role", [shared("viewer"), member(SIBLING, "owner")], "read | team_share | viewer"),
    ("nor more than the role in the team", [shared("member"), member(ROOT, "viewer")], "read | team_share | viewer"),
    ("a share does not flow up", [shared("member", CHILD), member(TEAM, "admin")], "read write | team_share | member"),
    ("nor to those who are only in teams below", [shared("member", TEAM), member(CHILD, "admin")], ""),
    ("a share with an archived team is nothing", [shared("member"), member(ROOT, "owner"), archived(SIBLING)], ""),
    (
        "the higher of two shares counts",
        [shared("viewer"), shared("member", TEAM), member(ROOT, "owner")],
        "read write | team_share | member",
    ),
    ("a share has not begun", [shared("member", window=Window(NOW + INSTANT)), member(SIBLING, "owner")], ""),
    (
        "a share begins at its start",
        [shared("viewer", window=Window(NOW)), member(SIBLING, "owner")],
        "read | team_share | viewer",
    ),
    ("a share is over at its end", [shared("viewer", window=Window(None, NOW)), member(SIBLING, "owner")], ""),
    (
        "a share lives until then",
        [shared("viewer", window=Window(None, NOW + INSTANT)), member(SIBLING, "owner")],
        "read | team_share | viewer",
    ),
]
DELEGATION_EXAMPLES: list[Example] = [
    ("a delegation gives what it names", [delegated("read", "delete")], "read delete | delegation | delegate"),
    ("a delegation has not begun", [delegated("read", window=Window(NOW + INSTANT))], ""),
    ("a delegation is over at its end", [delegated("read", window=Window(NOW - INSTANT, NOW))], ""),
    (
        "and only what the delegator has",
        [delegated("read", "write", by=BOSS), shared("viewer"), member(SIBLING, "owner", BOSS)],
        "read | delegation | delegate",
    ),
    ("it dies with the delegator's right", [delegated("read", by=BOSS)], ""),
    (
        "it lives by the delegator's object grant",
        [delegated("read", by=BOSS), granted("read", holder=BOSS)],
        "read | delegation | delegate",
    ),
    ("a suspended delegator passes nothing on", [delegated("read"), account("suspended", CREATOR)], ""),
    (
        "what is held by delegation only cannot be passed on",
        [delegated("read", to=BOSS), delegated("read", by=BOSS)],
        "",
    ),
    (
        "what is held by break glass cannot be passed on",
        [superuser(BOSS), glass(ALWAYS, BOSS), delegated("read", by=BOSS)],
        "",
    ),
]
DELEGATED_WORK_EXAMPLES: list[Example] = [
    ("a creator who left the team passes nothing on", [delegated("read", generation=SHARED_WORK)], ""),
    (
        "a delegation lives by the delegator's role in the team",
        [delegated("write", "delete", by=BOSS, generation=SHARED_WORK), member(TEAM, "member", BOSS)],
        "write | - | delegate",
    ),
]
ELSEWHERE_EXAMPLES: list[Example] = [
    ("a share opens what it shares and nothing else", [*through_share()], ""),
    ("a grant opens what it is for and nothing else", [granted("read")], ""),
    ("a delegation opens what it is for and nothing else", [delegated("read"), member(TEAM, "owner", CREATOR)], ""),
    ("broken glass opens what it is for and nothing else", [superuser(), glass(ALWAYS)], ""),
]
OTHER_EXAMPLES: list[Example] = [
    ("an object grant gives what it names", [granted("share")], "share | - | grantee"),
    ("a group's grant is its people's", [granted("read", holder=GROUP), in_group()], "read | object_grant | grantee"),
    ("and nobody else's", [granted("read", holder=GROUP), in_group(OTHER)], ""),
    ("delegate goes before grantee", [granted("read"), delegated("write")], "read write | object_grant | delegate"),
    (
        "a role goes before both",
        [granted("write"), delegated("delete"), shared("viewer"), member(SIBLING, "viewer")],
        "read write delete | team_share | viewer",
    ),
    ("a superuser has nothing by being one", [superuser()], ""),
    (
        "behind broken glass a superuser reads",
        [superuser(), glass(Window(NOW, NOW + INSTANT))],
        "read | break_glass | grantee",
    ),
    ("the glass is whole again afterwards", [superuser(), glass(Window(NOW - INSTANT, NOW))], ""),
    ("nobody else breaks it", [glass(Window(NOW, NOW + INSTANT))], ""),
]
STATE_EXAMPLES: list[Example] = [
    (
        "archived: a member reads",
        [state("archived", SHARED_WORK), member(TEAM, "member")],
        "read | team_membership | member",
    ),
    (
        "archived: an admin reads and deletes",
        [state("archived", SHARED_WORK), member(TEAM, "admin")],
        "read delete | team_membership | admin",
    ),
    (
        "quarantined: an admin reads",
        [state("quarantined", SHARED_WORK), member(TEAM, "admin")],
        "read | team_membership | admin",
    ),
    (
        "quarantined: an admin of the project reads",
        [state("quarantined", SHARED_WORK), member(TEAM, "viewer"), explicit("admin")],
        "read | project_membership | admin",
    ),
    ("quarantined: a member does not", [state("quarantined", SHARED_WORK), member(TEAM, "member")], ""),
    ("deleted: an owner has nothing", [state("deleted", SHARED_WORK), member(TEAM, "owner")], ""),
]
PERSONAL_STATE_EXAMPLES: list[Example] = [
    ("a personal generation is its creator's", [], "read write share delete | direct_ownership | owner"),
    ("deleted: nothing", [state("deleted")], ""),
    ("archived: read and delete", [state("archived")], "read delete | direct_ownership | owner"),
    ("quarantined: the creator reads", [state("quarantined")], "read | direct_ownership | owner"),
    ("who is suspended has nothing", [account("suspended", CREATOR)], ""),
]
PERSONAL_OTHERS_EXAMPLES: list[Example] = [
    ("archived: what gives only writing gives nothing", [state("archived"), delegated("write")], ""),
    (
        "quarantined: only roles and creators count",
        [state("quarantined"), superuser(), glass(ALWAYS), granted("read"), delegated("read"), *through_share()],
        "",
    ),
]
CASES = [
    pytest.param(person, generation, changes, answer, id=sentence)
    for person, generation, examples in (
        (PERSON, SHARED_WORK, ROLE_EXAMPLES + PROJECT_EXAMPLES + DELEGATED_WORK_EXAMPLES + STATE_EXAMPLES),
        (PERSON, SHARED_WORK, ELSEWHERE_EXAMPLES),
        (CREATOR, SHARED_WORK, OWNERSHIP_EXAMPLES),
        (PERSON, PERSONAL, SHARE_EXAMPLES + DELEGATION_EXAMPLES + OTHER_EXAMPLES + PERSONAL_OTHERS_EXAMPLES),
        (CREATOR, PERSONAL, PERSONAL_STATE_EXAMPLES),
    )
    for sentence, changes, answer in examples
]


@pytest.mark.parametrize(("person", "generation", "changes", "answer"), CASES)
def test_the_sentences_of_the_rules(person: UUID, generation: UUID, changes: list[Change], answer: str) -> None:
    verdict = rules.verdict(world_of(*changes), person, generation, NOW)
    held = " ".join(name for name in ("read", "write", "share", "delete") if name in verdict.permissions)
    said = f"{held} | {verdict.method or '-'} | {verdict.effective_role or '-'}"
    assert said == (answer or " | - | -")
    assert verdict.is_allowed is ("read" in held)


@pytest.mark.parametrize(("person", "generation", "changes", "answer"), CASES)
def test_lists_and_subjects_say_the_same(person: UUID, generation: UUID, changes: list[Change], answer: str) -> None:
    world = world_of(*changes)
    for action in EVERYTHING:
        is_held = action in answer.partition("|")[0].split()
        assert (generation in rules.visible(world, person, NOW, action=action)) is is_held
        assert (person in rules.subjects(world, generation, NOW, action=action)) is is_held


def test_the_method_is_the_first_that_gives_the_asked_action() -> None:
    world = world_of(granted("share"), delegated("write"), shared("viewer"), member(SIBLING, "viewer"))
    methods = {action: rules.verdict(world, PERSON, PERSONAL, NOW, action=action).method for action in EVERYTHING}
    assert methods == {"read": "team_share", "write": "delegation", "share": "object_grant", "delete": None}
