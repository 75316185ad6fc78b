"""Layers 4 to 6 against the reference, for every kind of path, every two and every three of them, in every state."""

from collections.abc import Sequence
from itertools import chain, combinations
from uuid import uuid4

import pytest

from authorization.actions import Action
from authorization.deliberation import Deliberation
from authorization.facts import AccessMethod, Path, Principal, Question, ResourceState
from authorization.layers import ownership, rbac, team
from authorization.roles import Permission, Role
from authorization.truth_table import (
    ASKED,
    AUTHORIZATION_PAGE,
    BROKEN_GLASS,
    DELEGATED,
    GRANTED,
    IN_TEAM,
    OWNED,
    SINGLE_PATHS,
    decide_by,
    page_with_table,
)
from tests.architecture.source import ROOT
from tests.authorization.reference import rules
from tests.authorization.reference.rules import Way
from tests.authorization.reference.world import EVERYTHING

COMBINATIONS = list(chain.from_iterable(combinations(SINGLE_PATHS, count) for count in range(4)))


def way_of(path: Path) -> Way:
    """The path in the words of the reference, where a delegate does not hold the delegator's role."""
    of_role = rules.PERMISSIONS_OF[path.role] if path.role else EVERYTHING
    permissions = of_role if path.mask is None else of_role & path.mask
    return Way(path.method, None if path.method == "delegation" else path.role, frozenset(permissions))


def answers_of_layers(paths: Sequence[Path], state: ResourceState) -> list[object]:
    decisions = [decide_by(paths, state, asked) for asked in ASKED]
    return [(it.is_allowed, it.access_method, it.effective_role, it.permissions) for it in decisions]


def answers_of_reference(paths: Sequence[Path], state: ResourceState) -> list[object]:
    ways = [way_of(path) for path in paths]
    verdicts = [rules.judge(ways, state, action=asked) for asked in Permission]
    return [(it.is_allowed, it.method, it.effective_role, it.permissions) for it in verdicts]


@pytest.mark.parametrize("state", list(ResourceState))
def test_the_layers_answer_like_the_reference(state: ResourceState) -> None:
    differing = [
        paths for paths in COMBINATIONS if answers_of_layers(paths, state) != answers_of_reference(paths, state)
    ]
    assert differing == []


def test_the_order_of_paths_changes_nothing() -> None:
    for paths in COMBINATIONS:
        forwards = answers_of_layers(paths, ResourceState.AVAILABLE)
        assert answers_of_layers(paths[::-1], ResourceState.AVAILABLE) == forwards


def test_the_table_in_the_page_is_current() -> None:
    page = (ROOT / AUTHORIZATION_PAGE).read_text()
    assert page == page_with_table(page), "run: make schema"


def test_a_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="markers"):
        page_with_table("# Authorization\n")


@pytest.mark.parametrize(
    ("paths", "state", "asked", "reason"),
    [
        ([OWNED], ResourceState.AVAILABLE, ASKED[3], "granted_by_direct_ownership"),
        ([], ResourceState.AVAILABLE, ASKED[0], "no_rule_applies"),
        ([OWNED], ResourceState.DELETED, ASKED[0], "resource_deleted"),
        ([IN_TEAM[1]], ResourceState.QUARANTINED, ASKED[0], "resource_quarantined"),
        ([IN_TEAM[0]], ResourceState.AVAILABLE, ASKED[1], "permission_not_held"),
    ],
)
def test_the_trail_learns_the_reason(paths: list[Path], state: ResourceState, asked: Action, reason: str) -> None:
    assert decide_by(paths, state, asked).reason == reason


@pytest.mark.parametrize("held", list(Role))
@pytest.mark.parametrize("least", list(Role))
def test_what_needs_a_role_is_given_by_that_role_and_higher_ones(held: Role, least: Role) -> None:
    action = Action("team", "do", least_role=least)
    assert decide_by([Path(AccessMethod.TEAM_MEMBERSHIP, held)], ResourceState.AVAILABLE, action).is_allowed is (
        held.rank >= least.rank
    )


@pytest.mark.parametrize("path", [*DELEGATED, *GRANTED, BROKEN_GLASS])
def test_what_needs_a_role_is_not_given_by_permissions(path: Path) -> None:
    action = Action("team", "do", least_role=Role.VIEWER)
    assert not decide_by([path], ResourceState.AVAILABLE, action).is_allowed


def test_only_what_is_neither_delegated_nor_behind_broken_glass_can_be_passed_on() -> None:
    for paths in COMBINATIONS:
        own = [way_of(path) for path in paths if path.method not in {"delegation", "break_glass"}]
        for state in ResourceState:
            expected = rules.permissions_of(rules.left_in_state(own, state))
            assert decide_by(paths, state, ASKED[0]).own_permissions == expected


def test_what_does_not_exist_gives_nothing() -> None:
    question = Question(uuid4(), ASKED[0], uuid4(), None, Principal(uuid4(), uuid4()))
    decision = rbac.resolve(team.grant_to_team(ownership.grant_to_owner(Deliberation(question)))).decision
    assert decision is not None
    assert (decision.is_allowed, decision.permissions, decision.reason) == (False, frozenset(), "resource_absent")
