"""How many statements each endpoint takes, kept as data, and the same for one row as for many."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from generations.models import Asset
from tests.generations.conftest import Person
from tests.generations.places import new_project, new_team
from tests.generations.test_read_and_delete import make
from tests.support.sandbox import IMAGE

pytestmark = pytest.mark.django_db

BUDGETS = json.loads((Path(__file__).parents[1] / "performance" / "query_counts.json").read_text())
LIST = "/api/v1/generations"
WISH = {"model": IMAGE, "input": {"prompt": "a fox"}}


def id_in(path: str) -> str:
    return path.rpartition("/")[2]


def make_with_asset(person: Person) -> str:
    generation = make(person)
    Asset.objects.create(
        generation=generation,
        index=0,
        kind="image",
        content_type="image/png",
        bytes=1,
        sha256="ab" * 32,
        storage_key="a",
        thumbnail_key="b",
    )
    return f"{LIST}/{generation.id}"


REQUESTS: dict[str, Callable[[Person, str], Any]] = {
    "GET /api/v1/models": lambda person, _: person.client.get("/api/v1/models"),
    "POST /api/v1/generations/estimate": lambda person, _: person.client.post(f"{LIST}/estimate", WISH, format="json"),
    "POST /api/v1/generations": lambda person, _: person.client.post(LIST, WISH, format="json"),
    "POST /api/v1/generations with Idempotency-Key": lambda person, _: person.client.post(
        LIST, WISH, format="json", headers={"Idempotency-Key": "k"}
    ),
    "GET /api/v1/generations": lambda person, _: person.client.get(LIST),
    "GET /api/v1/generations/{id}": lambda person, path: person.client.get(path),
    "DELETE /api/v1/generations/{id}": lambda person, path: person.client.delete(path),
    "POST /api/v1/generations/{id}/authorize": lambda person, path: person.client.post(f"{path}/authorize"),
    "POST /api/v1/generations/authorize": lambda person, path: person.client.post(
        f"{LIST}/authorize", {"ids": [id_in(path)]}, format="json"
    ),
    "PATCH /api/v1/generations/{id}": lambda person, path: person.client.patch(path, {"title": "Fox"}, format="json"),
    "POST /api/v1/generations/{id}/archive": lambda person, path: person.client.post(f"{path}/archive"),
    "POST /api/v1/generations/{id}/restore": lambda person, path: person.client.post(f"{path}/restore"),
}


def count(request: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert request().status_code < 300
    return sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE")) for query in queries)


@pytest.mark.parametrize("name", REQUESTS)
def test_an_endpoint_takes_as_many_statements_as_it_may(owner: Person, name: str) -> None:
    path = make_with_asset(owner)

    assert count(lambda: REQUESTS[name](owner, path)) == BUDGETS[name]


def test_a_list_takes_as_many_statements_for_fifty_as_for_one(owner: Person) -> None:
    make_with_asset(owner)
    for_one = count(lambda: owner.client.get(LIST, {"limit": 100}))
    for _ in range(49):
        make_with_asset(owner)

    assert count(lambda: owner.client.get(LIST, {"limit": 100})) == for_one


def test_fifty_decisions_take_as_many_statements_as_one(owner: Person) -> None:
    asked = [id_in(make_with_asset(owner)) for _ in range(50)]

    assert count(lambda: owner.client.post(f"{LIST}/authorize", {"ids": asked}, format="json")) == 1


def test_creating_in_a_project_asks_about_it_once(owner: Person) -> None:
    wish = WISH | {"project": str(new_project(new_team(member=owner.user)).id)}

    assert (
        count(lambda: owner.client.post(LIST, wish, format="json")) == BUDGETS["POST /api/v1/generations in a project"]
    )
