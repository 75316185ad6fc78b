"""What is foreign, deleted and absent costs the same: statements, headers and quota tell nobody what exists.

Time is not measured here, because a clock in a test tells of the machine. What takes time is compared instead: which
statements run, in which order.
"""

import json
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from generations.models import Generation
from tests.contract.routes import Route
from tests.contract.strangers import ids_to_compare, own_surroundings
from tests.contract.test_oracles import BODIES, CALLS, address_of, seen
from tests.generations.conftest import signed_in
from tests.generations.test_read_and_delete import make
from tests.support.clients import bearer_client, sign_in
from tests.support.factories import user_factory
from tests.support.trail import trail

pytestmark = pytest.mark.django_db

LIST = "/api/v1/generations"
LITERALS = re.compile(r"'(?:[^']|'')*'|\bs\d+_x\d+\b|\b\d+(?:\.\d+)?\b")


@pytest.fixture
def person(db: None) -> User:  # noqa: ARG001 - asked for its effect
    return user_factory()


def statements_of(client: APIClient, method: str, path: str, body: str = "") -> list[str]:
    """Their texts in order, without the values in them."""
    with CaptureQueriesContext(connection) as captured:
        client.generic(method, path, body, content_type="application/json", headers={"If-Match": "*"})
    return [LITERALS.sub("?", query["sql"]) for query in captured]


def strangers(person: User) -> dict[str, UUID]:
    """Ids of generations that this person must not be able to tell apart."""
    foreign, deleted, own_deleted = (make(signed_in(it)) for it in (user_factory(), user_factory(), person))
    Generation.objects.filter(id__in=[deleted.id, own_deleted.id]).update(deleted_at=timezone.now())
    return {"absent": uuid4(), "foreign": foreign.id, "deleted": deleted.id, "own, deleted": own_deleted.id}


@pytest.mark.parametrize(("route", "method", "name"), CALLS)
def test_the_same_statements_run(person: User, route: Route, method: str, name: str) -> None:
    client, body = signed_in(person).client, json.dumps(BODIES.get(route.template, {}))
    around, ids = own_surroundings(person), ids_to_compare(name, person, template=route.template)
    paths = {kind: address_of(route, around | {name: it}) for kind, it in ids.items()}
    ran = {kind: statements_of(client, method, path, body) for kind, path in paths.items()}

    assert {kind: it for kind, it in ran.items() if it != ran["absent"]} == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"If-Match": "*"}, {"If-Match": "the tag"}, {"If-Match": '"other"'}, {"If-None-Match": "*"},
        {"If-None-Match": "the tag"}, {"Prefer": "wait=60"}, {"Range": "bytes=0-1"}, {"Want-Repr-Digest": "sha-256=1"},
    ],
    ids=str,
)  # fmt: skip
def test_no_condition_in_a_header_makes_a_difference(person: User, headers: dict[str, str]) -> None:
    """Not even the right tag of what is foreign."""
    client, ids = signed_in(person).client, strangers(person)
    owner = Generation.objects.get(id=ids["foreign"]).owner
    tag = signed_in(owner).read(ids["foreign"])["ETag"]
    sent = {name: tag if value == "the tag" else value for name, value in headers.items()}
    for method in ("GET", "DELETE", "HEAD"):
        answers = {kind: seen(client.generic(method, f"{LIST}/{it}", headers=sent)) for kind, it in ids.items()}
        digests = {kind: answer[1].pop("Repr-Digest", None) for kind, answer in answers.items()}

        assert all(answer == answers["absent"] for answer in answers.values())
        assert answers["absent"][0] == 404
        assert not {"ETag", "Last-Modified", "Preference-Applied", "Content-Range"} & set(answers["absent"][1])
        assert all(bool(digest) is ("Want-Repr-Digest" in headers) for digest in digests.values())


def test_each_takes_the_same_from_the_quota(person: User) -> None:
    client = bearer_client(sign_in(person.email)["access"])
    ids = strangers(person)

    spent = {}
    for kind, it in ids.items():
        before = left(client.get("/api/v1/users/profile"))
        client.get(f"{LIST}/{it}")
        client.post(f"{LIST}/{it}/authorize", {}, format="json")
        spent[kind] = before - left(client.get("/api/v1/users/profile"))

    assert spent == dict.fromkeys(ids, 3)


def left(answer: Any) -> int:
    """Requests that the person still has, as the header tells."""
    return int(answer["RateLimit"].partition('"user";r=')[2].partition(";")[0])


def test_each_leaves_one_denial_that_only_the_trail_can_tell_apart(person: User) -> None:
    client, ids = signed_in(person).client, strangers(person)
    for it in ids.values():
        client.get(f"{LIST}/{it}")

    denials = trail().filter(name="authorization.decision", actor_id=person.id)
    assert {event.resource_id: (event.outcome, event.reason) for event in denials} == {
        ids["absent"]: ("denied", "resource_absent"),
        ids["foreign"]: ("denied", "no_rule_applies"),
        ids["deleted"]: ("denied", "no_rule_applies"),
        ids["own, deleted"]: ("denied", "resource_deleted"),
    }


def test_no_list_tells_how_many_there_are_beside_ones_own(person: User) -> None:
    mine = make(signed_in(person))
    alone = shape(signed_in(person).client.get(LIST))
    for _ in range(30):
        make(signed_in(user_factory()))

    assert (
        shape(signed_in(person).client.get(LIST))
        == alone
        == ([str(mine.id)], None, None, {"results", "next", "previous"})
    )


def shape(answer: Any) -> Any:
    body = answer.json()
    return [it["id"] for it in body["results"]], body["next"], body["previous"], set(body)
