"""The tree of teams at its edges: which of several roles counts, how deep it goes, and how wide at what price."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.roles import PERMISSIONS_OF_ROLE, Role
from teams.models import Team, TeamAncestor
from tests.generations.places import held, new_project
from tests.generations.test_read_and_delete import make
from tests.teams.conftest import Person, assert_refused, chain_below, child_of, join, root_team, somebody

pytestmark = pytest.mark.django_db

SIBLINGS = 10_000


@pytest.fixture
def owner(db: None) -> Person:  # noqa: ARG001 - asked for its effect
    return somebody()


@pytest.fixture
def studio(owner: Person) -> Team:
    return root_team(owner)


@pytest.mark.parametrize("above", list(Role))
@pytest.mark.parametrize("here", list(Role))
def test_the_higher_of_a_role_here_and_one_above_counts(studio: Team, above: Role, here: Role) -> None:
    """A viewer of the child who is an admin of the parent is an admin of both, and the other way round of one."""
    child, person = child_of(studio), somebody()
    join(studio, person, above)
    join(child, person, here)
    inside, over = make(somebody(), project=new_project(child)), make(somebody(), project=new_project(studio))  # type: ignore[arg-type]  # a user is all it asks for

    highest = max(above, here, key=lambda role: role.rank)
    assert held(person.user, inside) == PERMISSIONS_OF_ROLE[highest]
    assert held(person.user, over) == PERMISSIONS_OF_ROLE[above]
    assert person.get(f"/{child.id}").json()["role"] == highest


def test_ways_that_meet_again_below_give_one_role_and_one_row(studio: Team) -> None:
    """A tree has no diamonds; the nearest thing is a person with a role on every level."""
    chain, person = chain_below(studio, 9), somebody()
    for team, role in zip(chain, [Role.VIEWER, Role.ADMIN, *[Role.MEMBER] * 8], strict=True):
        join(team, person, role)

    shown = [it["role"] for it in person.get().json()["results"]]

    assert sorted(shown) == ["admin"] * 9 + ["viewer"]
    (row,) = [it for it in person.get(f"/{chain[-1].id}/members").json()["results"] if it["own_role"] == "member"]
    assert (row["role"], row["inherited_from"]) == ("admin", str(chain[1].id))


def test_a_role_reaches_through_ten_levels_and_there_is_no_eleventh(owner: Person, studio: Team) -> None:
    deepest, person = chain_below(studio, 9)[-1], somebody()
    join(studio, person, Role.MEMBER)
    generation = make(somebody(), project=new_project(deepest))  # type: ignore[arg-type]  # as above

    assert held(person.user, generation) == PERMISSIONS_OF_ROLE[Role.MEMBER]
    assert_refused(owner.post(name="Eleventh", parent=str(deepest.id)), 409, "team_too_deep")
    assert TeamAncestor.objects.filter(ancestor=studio).count() == 10


class TestWidth:
    """Work under a parent of ten thousand takes as many statements as under one of two."""

    def statements_of(self, owner: Person, parent: Team) -> dict[str, int]:
        one, other = Team.objects.filter(parent=parent).order_by("created_at", "id")[:2]
        generation = make(somebody(), project=new_project(one))  # type: ignore[arg-type]  # as above
        works: dict[str, Any] = {
            "list": lambda: owner.get(limit=100),
            "read": lambda: owner.get(f"/{one.id}"),
            "create": lambda: owner.post(name="Another", parent=str(parent.id)),
            "move": lambda: owner.post(f"/{one.id}/move", parent=str(other.id)),
            "move back": lambda: owner.post(f"/{one.id}/move", parent=str(parent.id)),
            "archive": lambda: owner.post(f"/{one.id}/archive"),
            "restore": lambda: owner.post(f"/{one.id}/restore"),
            "archive the parent": lambda: owner.post(f"/{parent.id}/archive"),
            "restore the parent": lambda: owner.post(f"/{parent.id}/restore"),
            "decide": lambda: owner.client.get(f"/api/v1/generations/{generation.id}"),
        }
        return {name: count(work) for name, work in works.items()}

    def test_ten_thousand_siblings_cost_no_more_statements_than_two(self, owner: Person, studio: Team) -> None:
        few = root_team(owner, "Few")
        for parent in (few, studio):
            child_of(parent)
            child_of(parent)
        for_few = self.statements_of(owner, few)
        Team.objects.bulk_create(Team(name="Sibling", slug=f"s-{it}", parent=studio) for it in range(SIBLINGS))

        assert self.statements_of(owner, studio) == for_few
        assert Team.objects.filter(parent=studio, is_closed=True).count() == 0


def count(work: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert work().status_code < 300
    return sum(not it["sql"].startswith(("SAVEPOINT", "RELEASE")) for it in captured)
