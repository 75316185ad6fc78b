"""How many statements each endpoint of teams takes, kept as data, and the same for one member as for fifty."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from authorization.roles import Role
from teams.models import Invitation, Project, ProjectMembership, Team
from tests.teams.conftest import ANY_VERSION, child_of, join, root_team, somebody

pytestmark = pytest.mark.django_db

BUDGETS = json.loads((Path(__file__).parents[1] / "performance" / "query_counts.json").read_text())


class Scene:
    """A team two levels down with somebody in it, and a letter on its way to somebody else."""

    def __init__(self) -> None:
        self.owner, self.other, self.guest = somebody(), somebody(), somebody()
        self.root = root_team(self.owner)
        self.film = child_of(self.root, "Film")
        self.sound = child_of(self.root, "Sound")
        for person, team in ((self.owner, self.film), (self.other, self.film)):
            join(team, person, Role.OWNER)
        answer = self.owner.post(f"/{self.film.id}/invite", email=self.guest.user.email, role="member").json()
        self.letter, self.token = f"/{self.film.id}/invitations/{answer['id']}", answer["token"]
        self.path, self.member = f"/{self.film.id}", f"/{self.film.id}/members/{self.other.id}"
        project = Project.objects.create(team=self.film, name="Pilot")
        ProjectMembership.objects.create(project=project, user=self.other.user, role=Role.ADMIN)
        self.project = f"/api/v1/projects/{project.id}"
        self.project_member = f"{self.project}/members/{self.other.id}"


REQUESTS: dict[str, Callable[[Scene], Any]] = {
    "GET /api/v1/teams": lambda it: it.owner.get(),
    "POST /api/v1/teams": lambda it: it.owner.post(name="New"),
    "POST /api/v1/teams with parent": lambda it: it.owner.post(name="New", parent=str(it.film.id)),
    "GET /api/v1/teams/{id}": lambda it: it.owner.get(it.path),
    "PATCH /api/v1/teams/{id}": lambda it: it.owner.patch(it.path, name="Films"),
    "DELETE /api/v1/teams/{id}": lambda it: it.owner.delete(it.path),
    "GET /api/v1/teams/{id}/permissions": lambda it: it.owner.get(f"{it.path}/permissions"),
    "GET /api/v1/teams/{id}/members": lambda it: it.owner.get(f"{it.path}/members"),
    "GET /api/v1/teams/{id}/members/{user_id}": lambda it: it.owner.get(it.member),
    "PATCH /api/v1/teams/{id}/members/{user_id}": lambda it: it.owner.patch(it.member, role="viewer"),
    "DELETE /api/v1/teams/{id}/members/{user_id}": lambda it: it.owner.delete(it.member),
    "POST /api/v1/teams/{id}/invite": lambda it: it.owner.post(f"{it.path}/invite", email="b@velro.test", role="admin"),
    "GET /api/v1/teams/{id}/invitations": lambda it: it.owner.get(f"{it.path}/invitations"),
    "DELETE /api/v1/teams/{id}/invitations/{id}": lambda it: it.owner.delete(it.letter),
    "GET /api/v1/teams/{id}/projects": lambda it: it.owner.get(f"{it.path}/projects"),
    "POST /api/v1/teams/{id}/projects": lambda it: it.owner.post(f"{it.path}/projects", name="New"),
    "GET /api/v1/projects/{id}": lambda it: it.owner.client.get(it.project),
    "PATCH /api/v1/projects/{id}": lambda it: it.owner.client.patch(it.project, {"name": "New"}, format="json"),
    "DELETE /api/v1/projects/{id}": lambda it: it.owner.client.delete(it.project),
    "GET /api/v1/projects/{id}/members": lambda it: it.owner.client.get(f"{it.project}/members"),
    "PUT /api/v1/projects/{id}/members/{user_id}": lambda it: it.owner.client.put(
        it.project_member, {"role": "viewer"}, format="json", headers=ANY_VERSION
    ),
    "DELETE /api/v1/projects/{id}/members/{user_id}": lambda it: it.owner.client.delete(it.project_member),
    "POST /api/v1/invitations/accept": lambda it: it.guest.accept(it.token),
    "POST /api/v1/teams/{id}/move": lambda it: it.owner.post(f"{it.path}/move", parent=str(it.sound.id)),
    "POST /api/v1/teams/{id}/transfer": lambda it: it.owner.post(f"{it.path}/transfer", user=str(it.other.id)),
    "POST /api/v1/teams/{id}/leave": lambda it: it.other.post(f"{it.path}/leave"),
    "POST /api/v1/teams/{id}/archive": lambda it: it.owner.post(f"{it.path}/archive"),
    "POST /api/v1/teams/{id}/restore": lambda it: it.owner.post(f"{it.path}/restore"),
}


def count(request: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        response = request()
    assert response.status_code < 300, response.content
    return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in queries)


@pytest.mark.parametrize("name", REQUESTS)
def test_an_endpoint_takes_as_many_statements_as_it_may(name: str) -> None:
    scene = Scene()

    assert count(lambda: REQUESTS[name](scene)) == BUDGETS[name]


def test_there_is_a_budget_for_nothing_else() -> None:
    assert {name for name in BUDGETS if not re.search("/generations|/models|/impact|/health", name)} == set(REQUESTS)


def grow(scene: Scene) -> None:
    """Fifty more of everything that can be many."""
    for number in range(50):
        join(scene.film, somebody(), Role.VIEWER)
        join(scene.root, somebody(), Role.MEMBER)
        join(child_of(scene.film, f"Child {number}"), scene.owner, Role.MEMBER)
        Invitation.objects.create(
            team=scene.film,
            email=f"{number}@velro.test",
            role=Role.VIEWER,
            token_digest=str(number),
            invited_by=scene.owner.user,
            expires_at=Invitation.objects.latest().expires_at,
        )


@pytest.mark.parametrize("name", sorted(REQUESTS.keys() - {"DELETE /api/v1/teams/{id}"}))
def test_it_takes_as_many_for_fifty_as_for_one(name: str) -> None:
    scene = Scene()
    grow(scene)

    assert count(lambda: REQUESTS[name](scene)) == BUDGETS[name]
    assert Team.objects.count() > 50
