"""People with clients, and teams to have roles in."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from rest_framework.test import APIClient

from accounts.models import User
from authorization.facts import Principal
from authorization.roles import Role
from teams.models import Membership, Team
from tests.support.factories import user_factory
from tests.support.trail import trail
from velro.audit.models import AuditEvent

TEAMS = "/api/v1/teams"
ANY_VERSION = {"If-Match": "*"}


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in person."""

    user: User
    principal: Principal
    client: APIClient

    @property
    def id(self) -> UUID:
        return self.user.id

    def get(self, path: str = "", **query: Any) -> Any:
        """Below /teams."""
        return self.client.get(f"{TEAMS}{path}", query)

    def post(self, path: str = "", **body: Any) -> Any:
        return self.client.post(f"{TEAMS}{path}", body, format="json")

    def patch(self, path: str, headers: dict[str, str] = ANY_VERSION, **body: Any) -> Any:
        return self.client.patch(f"{TEAMS}{path}", body, format="json", headers=headers)

    def delete(self, path: str, headers: dict[str, str] = ANY_VERSION) -> Any:
        return self.client.delete(f"{TEAMS}{path}", headers=headers)

    def accept(self, token: str) -> Any:
        """An invitation."""
        return self.client.post("/api/v1/invitations/accept", {"token": token}, format="json")


def somebody(**attributes: Any) -> Person:
    """As after a login, without its price."""
    user = user_factory(**attributes)
    principal, client = Principal(user_id=user.id, session_id=uuid4()), APIClient()
    client.force_authenticate(principal)  # type: ignore[arg-type]  # the stubs want a User
    return Person(user, principal, client)


def root_team(owner: Person, name: str = "Studio") -> Team:
    """With its owner, by no service."""
    with transaction.atomic():
        team = Team.objects.create(name=name, slug=name.lower())
        join(team, owner, Role.OWNER)
    return team


def child_of(parent: Team, name: str = "Child") -> Team:
    return Team.objects.create(name=name, slug=f"{name.lower()}-{uuid4().hex[:6]}", parent=parent)


def chain_below(team: Team, length: int) -> list[Team]:
    """`team` and as many teams below it, each below the one before."""
    chain = [team]
    for level in range(length):
        chain.append(child_of(chain[-1], f"Level {level}"))
    return chain


def join(team: Team, person: Person, role: Role) -> Membership:
    return Membership.objects.create(team=team, user=person.user, role=role)


def roles_in(team: Team) -> dict[UUID, Role]:
    """Everybody's own role."""
    return {it.user_id: it.role for it in Membership.objects.filter(team=team)}


def events(name: str) -> list[AuditEvent]:
    return list(trail().filter(name=name))


def assert_refused(response: Any, status: int, code: str) -> dict[str, Any]:
    """The problem."""
    problem: dict[str, Any] = response.json()
    assert (response.status_code, problem["code"]) == (status, code), problem
    return problem


def all_at_once(*works: Callable[[], Any]) -> list[Any]:
    """Start every piece of work in the same moment, each in a thread with a connection of its own."""
    together = Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        together.wait()
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


@pytest.fixture
def owner(db: None) -> Person:  # noqa: ARG001 - asked for its effect
    return somebody()


@pytest.fixture
def admin(db: None) -> Person:  # noqa: ARG001 - as above
    return somebody()


@pytest.fixture
def member(db: None) -> Person:  # noqa: ARG001 - as above
    return somebody()


@pytest.fixture
def viewer(db: None) -> Person:  # noqa: ARG001 - as above
    return somebody()


@pytest.fixture
def mallory(db: None) -> Person:  # noqa: ARG001 - as above
    return somebody()


@pytest.fixture
def studio(owner: Person, admin: Person, member: Person, viewer: Person) -> Team:
    """A root team with one person of each role."""
    team = root_team(owner)
    for person, role in ((admin, Role.ADMIN), (member, Role.MEMBER), (viewer, Role.VIEWER)):
        join(team, person, role)
    return team
