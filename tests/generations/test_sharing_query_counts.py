"""How many statements it takes to pass something on and to look at who reaches it, kept as data."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from authorization.roles import Permission, Role
from generations.models import Delegation, Generation, Share
from teams.models import Membership, Team, TeamAncestor
from tests.generations.conftest import Person
from tests.generations.places import HOUR, delegated, in_text, join, new_project, new_team, shared
from tests.generations.test_query_counts import BUDGETS, count
from tests.generations.test_read_and_delete import make
from tests.support.factories import user_factory
from velro.database_clock import database_now

pytestmark = pytest.mark.django_db

ONE = "/api/v1/generations/{id}"
TABLES = [model._meta.db_table for model in (User, Team, TeamAncestor, Membership, Generation, Share, Delegation)]


@dataclass(frozen=True, slots=True)
class Setting:
    """A generation of `owner` in a project, shared with `team` and delegated to `deputy`."""

    owner: Person
    generation: Generation
    team: Team
    other_team: Team
    deputy: User
    delegation: Delegation

    @property
    def path(self) -> str:
        return f"/api/v1/generations/{self.generation.id}"

    def put(self, place: str, **body: Any) -> Any:
        return self.owner.client.put(self.path + place, body, format="json")

    def post(self, place: str, **body: Any) -> Any:
        return self.owner.client.post(self.path + place, body, format="json")

    def get(self, place: str, **query: Any) -> Any:
        return self.owner.client.get(self.path + place, query)

    def delete(self, place: str) -> Any:
        return self.owner.client.delete(self.path + place)


@pytest.fixture
def setting(owner: Person) -> Setting:
    home, team, other_team = (new_team(owner=owner.user) for _ in range(3))
    generation, deputy = make(owner, project=new_project(home)), user_factory()
    shared(generation, team, role=Role.MEMBER)
    delegation = delegated(generation, Permission.READ, by=owner.user, to=deputy)
    return Setting(owner, generation, team, other_team, deputy, delegation)


REQUESTS: dict[str, Callable[[Setting], Any]] = {
    f"PUT {ONE}/share": lambda it: it.put("/share", team=str(it.other_team.id), role="viewer"),
    f"GET {ONE}/share": lambda it: it.get("/share"),
    f"DELETE {ONE}/share/{{id}}": lambda it: it.delete(f"/share/{it.team.id}"),
    f"POST {ONE}/delegations": lambda it: it.post(
        "/delegations", user=str(it.deputy.id), permissions=["write"], expires_at=in_text(database_now() + HOUR)
    ),
    f"GET {ONE}/delegations": lambda it: it.get("/delegations"),
    f"DELETE {ONE}/delegations/{{id}}": lambda it: it.delete(f"/delegations/{it.delegation.id}"),
    f"GET {ONE}/access": lambda it: it.get("/access"),
    f"GET {ONE}/explain": lambda it: it.get("/explain"),
    f"GET {ONE}/explain of a denial": lambda it: it.get("/explain", user=str(it.deputy.id), action="write"),
    f"POST {ONE}/impact": lambda it: it.post("/impact", change="unshare", team=str(it.team.id)),
    "POST /api/v1/teams/{id}/impact": lambda it: it.owner.client.post(
        f"/api/v1/teams/{it.team.id}/impact", {"change": "archive"}, format="json"
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_an_endpoint_takes_as_many_statements_as_it_may(setting: Setting, name: str) -> None:
    assert count(lambda: REQUESTS[name](setting)) == BUDGETS[name]


@pytest.mark.parametrize("place", ["share", "delegations", "access", "explain"])
def test_many_take_as_many_statements_as_few(setting: Setting, place: str) -> None:
    few = count(lambda: setting.get(f"/{place}", **({} if place == "explain" else {"limit": 100})))
    for _ in range(30):
        team = new_team()
        join(team, setting.owner.user, Role.VIEWER)
        shared(setting.generation, team)
        delegated(setting.generation, Permission.READ, by=setting.owner.user, to=user_factory())
    # What other tests rolled back still lies in these tables; the planner has to know before it reads one row by row.
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {', '.join(TABLES)}")
    assert count(lambda: setting.get(f"/{place}", **({} if place == "explain" else {"limit": 100}))) == few
