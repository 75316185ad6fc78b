"""Roles, their ranks, and how sets of permissions are stored."""

from itertools import combinations

import pytest

from authorization.role_fields import bits_of, permissions_of
from authorization.roles import PERMISSIONS_OF_ROLE, Permission, Role, least_role_for, may_hand_out
from tests.authorization.reference import rules, team_rules
from tests.authorization.reference.world import ROLES


def test_the_matrix_is_that_of_the_reference() -> None:
    assert dict(PERMISSIONS_OF_ROLE) == rules.PERMISSIONS_OF


def test_every_role_is_found_by_its_rank() -> None:
    assert [Role.of_rank(rank) for rank in (1, 2, 3, 4)] == list(Role) == list(ROLES)


@pytest.mark.parametrize("rank", [-4, -1, 0, 5])
def test_a_rank_of_no_role_names_none(rank: int) -> None:
    with pytest.raises(KeyError):
        Role.of_rank(rank)


def test_the_least_role_for_a_permission_holds_it_and_no_lower_one_does() -> None:
    for permission in Permission:
        holders = [role for role in Role if permission in PERMISSIONS_OF_ROLE[role]]
        assert least_role_for(permission) == holders[0]


@pytest.mark.parametrize("own", [None, *Role])
@pytest.mark.parametrize("given", list(Role))
def test_who_hands_out_what(own: Role | None, given: Role) -> None:
    assert may_hand_out(own, given) is team_rules.may_hand_out(own, given)


def test_every_set_of_permissions_survives_being_stored() -> None:
    sets = [frozenset(chosen) for count in range(5) for chosen in combinations(Permission, count)]
    assert [permissions_of(bits_of(chosen)) for chosen in sets] == sets
    assert len({bits_of(chosen) for chosen in sets}) == len(sets) == 16
