"""Layers 4 to 6 by truth table: pure functions, so no database."""

from dataclasses import dataclass, field
from itertools import pairwise
from uuid import UUID, uuid4

import pytest

from authorization.actions import Action, Permission
from authorization.deliberation import Deliberation
from authorization.facts import AccessMethod, Decision, Grant, Principal, Question, ResourceFacts, ResourceState
from authorization.layers import ownership, rbac, team
from authorization.roles import PERMISSIONS_OF_ROLE, Role

READ, WRITE, SHARE, DELETE = Permission
OWNER, STRANGER = uuid4(), uuid4()
PROJECT = uuid4()
EVERYTHING = {READ, WRITE, SHARE, DELETE}


def decide(facts: ResourceFacts | None, *, user_id: UUID, asked: Permission = READ) -> Decision:
    question = Question(Principal(user_id, uuid4()), Action("thing", "do", asked), uuid4(), facts)
    deliberation = Deliberation(question)
    for layer in (ownership.grant_to_owner, team.grant_to_team, rbac.resolve):
        deliberation = layer(deliberation)
    assert deliberation.decision is not None
    return deliberation.decision


def thing(
    state: ResourceState = ResourceState.AVAILABLE,
    *,
    project_id: UUID | None = None,
    team_role: Role | None = None,
    project_role: Role | None = None,
    is_open_to_team: bool = True,
) -> ResourceFacts:
    return ResourceFacts(
        resource_id=uuid4(),
        owner_id=OWNER,
        state=state,
        project_id=project_id,
        team_role=team_role,
        project_role=project_role,
        is_open_to_team=is_open_to_team,
    )


@dataclass(frozen=True)
class Case:
    name: str
    facts: ResourceFacts | None
    user_id: UUID
    held: set[Permission] = field(default_factory=set)
    method: str | None = None
    role: Role | None = None


CASES = [
    Case(
        "the creator of a personal thing holds everything", thing(), OWNER, EVERYTHING, "direct_ownership", Role.OWNER
    ),
    Case("a stranger holds nothing", thing(), STRANGER),
    Case("nobody holds anything on what does not exist", None, OWNER),
    Case("a creator who left the team lost it", thing(project_id=PROJECT), OWNER),
    Case(
        "a creator who is still a viewer of the team holds everything",
        thing(project_id=PROJECT, team_role=Role.VIEWER),
        OWNER,
        EVERYTHING,
        "direct_ownership",
        Role.OWNER,
    ),
    Case(
        "a viewer of the team reads",
        thing(project_id=PROJECT, team_role=Role.VIEWER),
        STRANGER,
        {READ},
        "team_membership",
        Role.VIEWER,
    ),
    Case(
        "a member of the team writes",
        thing(project_id=PROJECT, team_role=Role.MEMBER),
        STRANGER,
        {READ, WRITE},
        "team_membership",
        Role.MEMBER,
    ),
    Case(
        "the higher of team and project role counts",
        thing(project_id=PROJECT, team_role=Role.VIEWER, project_role=Role.ADMIN),
        STRANGER,
        EVERYTHING,
        "team_membership",
        Role.ADMIN,
    ),
    Case(
        "a restricted project is closed to a member without a role in it",
        thing(project_id=PROJECT, team_role=Role.MEMBER, is_open_to_team=False),
        STRANGER,
    ),
    Case(
        "an explicit role opens a restricted project",
        thing(project_id=PROJECT, team_role=Role.VIEWER, project_role=Role.MEMBER, is_open_to_team=False),
        STRANGER,
        {READ, WRITE},
        "project_membership",
        Role.MEMBER,
    ),
    Case(
        "a project role without any team role counts for nothing",
        thing(project_id=PROJECT, project_role=Role.ADMIN),
        STRANGER,
    ),
    Case("a deleted thing gives nothing to its creator", thing(ResourceState.DELETED), OWNER),
    Case(
        "an archived thing can be read and deleted",
        thing(ResourceState.ARCHIVED),
        OWNER,
        {READ, DELETE},
        "direct_ownership",
        Role.OWNER,
    ),
    Case(
        "a quarantined thing can be read by its creator",
        thing(ResourceState.QUARANTINED),
        OWNER,
        {READ},
        "direct_ownership",
        Role.OWNER,
    ),
    Case(
        "a quarantined thing can be read by an admin",
        thing(ResourceState.QUARANTINED, project_id=PROJECT, team_role=Role.ADMIN),
        STRANGER,
        {READ},
        "team_membership",
        Role.ADMIN,
    ),
    Case(
        "a quarantined thing is hidden from members",
        thing(ResourceState.QUARANTINED, project_id=PROJECT, team_role=Role.MEMBER),
        STRANGER,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_who_holds_what(case: Case) -> None:
    decision = decide(case.facts, user_id=case.user_id)
    assert decision.permissions == case.held
    assert decision.is_allowed is (READ in case.held)
    assert decision.access_method == case.method
    assert decision.effective_role == case.role


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("asked", list(Permission))
def test_exactly_the_held_permissions_are_allowed(case: Case, asked: Permission) -> None:
    assert decide(case.facts, user_id=case.user_id, asked=asked).is_allowed is (asked in case.held)


@pytest.mark.parametrize(
    ("facts", "user_id", "asked", "reason"),
    [
        (thing(), OWNER, READ, "granted_by_direct_ownership"),
        (thing(), STRANGER, READ, "no_rule_applies"),
        (None, OWNER, READ, "resource_absent"),
        (thing(ResourceState.DELETED), OWNER, READ, "resource_deleted"),
        (thing(project_id=PROJECT, team_role=Role.VIEWER), STRANGER, WRITE, "permission_not_held"),
    ],
)
def test_the_trail_learns_the_reason(
    facts: ResourceFacts | None, user_id: UUID, asked: Permission, reason: str
) -> None:
    assert decide(facts, user_id=user_id, asked=asked).reason == reason


def test_a_higher_role_never_holds_less() -> None:
    ladder = [PERMISSIONS_OF_ROLE[role] for role in sorted(Role, key=lambda role: role.rank)]
    assert all(lower <= higher for lower, higher in pairwise(ladder))


@pytest.mark.parametrize(
    ("state", "held"),
    [(ResourceState.AVAILABLE, {READ}), (ResourceState.QUARANTINED, set()), (ResourceState.DELETED, set())],
)
def test_a_grant_without_a_role_counts_as_the_lowest(state: ResourceState, held: set[Permission]) -> None:
    question = Question(Principal(STRANGER, uuid4()), Action("thing", "read", READ), uuid4(), thing(state))
    granted = Deliberation(question, grants=(Grant(AccessMethod.DELEGATION, None, frozenset({READ})),))
    decision = rbac.resolve(ownership.grant_to_owner(granted)).decision
    assert decision is not None
    assert decision.permissions == held
    assert decision.effective_role is None
