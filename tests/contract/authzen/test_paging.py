"""Pages of a search: complete, bound to their question and to who asked it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from tests.contract.authzen.questions import RESOURCES, SUBJECTS, action, ask, record, send, user
from tests.contract.authzen.records import RecordPolicy
from tests.support.api_keys import key_client_for
from tests.support.factories import user_factory

pytestmark = pytest.mark.django_db

SEARCH: dict[str, Any] = {
    "subject": user("alice", team="a"),
    "action": action("read"),
    "resource": {"type": "record"},
    "context": {"time": "noon"},
}


@pytest.fixture
def many(records: RecordPolicy) -> list[str]:
    records.resource_ids = [f"record-{number:04}" for number in range(1, 251)]
    return records.resource_ids


def page_of(service: APIClient, **page: Any) -> Any:
    return ask(service, RESOURCES, {**SEARCH, "page": page})


def ids(answer: Any) -> list[str]:
    return [result["id"] for result in answer["results"]]


def test_pages_together_are_everything_once(service: APIClient, many: list[str]) -> None:
    answer = page_of(service, limit=60)
    seen = ids(answer)
    while token := answer["page"]["next_token"]:
        answer = page_of(service, token=token)
        seen += ids(answer)
        assert len(answer["results"]) in {60, 10}
    assert seen == many


def test_a_search_without_a_page_tells_where_it_goes_on(service: APIClient, many: list[str]) -> None:
    first = ask(service, RESOURCES, SEARCH)
    assert ids(first) == many[:100]
    assert ids(page_of(service, token=first["page"]["next_token"])) == many[100:200]


def test_the_last_page_says_so_even_when_it_is_full(service: APIClient, many: list[str]) -> None:
    first = page_of(service, limit=125)
    last = page_of(service, token=first["page"]["next_token"], limit=125)
    assert (ids(last), last["page"]["next_token"]) == (many[125:], "")


def test_a_page_has_a_thousand_at_most(service: APIClient, records: RecordPolicy) -> None:
    records.resource_ids = [f"record-{number:04}" for number in range(1500)]
    first = page_of(service, limit=100_000)
    assert len(ids(first)) == 1000
    assert len(ids(page_of(service, limit=100_000, token=first["page"]["next_token"]))) == 500


def changed(**change: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return lambda body: {**body, **change}


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    "change",
    [
        changed(subject=user("bob", team="a")),
        changed(subject=user("alice", team="b")),
        changed(subject=user("alice")),
        changed(action=action("write")),
        changed(resource={"type": "record", "properties": {"status": "archived"}}),
        changed(resource=record("record-1")),
        changed(context={"time": "midnight"}),
        changed(note="new"),
        lambda body: {name: value for name, value in body.items() if name != "context"},
        lambda body: {**body, "page": {**body["page"], "limit": 3}},
        lambda body: {**body, "page": {"token": body["page"]["token"].swapcase()}},
        lambda body: {**body, "page": {"token": body["page"]["token"] + "A"}},
        changed(page={"token": ""}),
        changed(page={"token": "MjAw"}),
        changed(page={"token": 5}),
        changed(page={"limit": 0}),
        changed(page={"limit": -1}),
        changed(page={"limit": "5"}),
        changed(page={"limit": 1.5}),
        changed(page=[]),
    ],
)
def test_a_token_is_good_for_its_own_question_only(service: APIClient, change: Any) -> None:
    body = {**SEARCH, "page": {"token": page_of(service, limit=2)["page"]["next_token"]}}
    assert send(service, RESOURCES, body).status_code == 200
    assert send(service, RESOURCES, change(body)).status_code == 400


@pytest.mark.usefixtures("many")
def test_a_token_is_good_for_who_got_it_only(service: APIClient) -> None:
    body = {**SEARCH, "page": {"token": page_of(service, limit=2)["page"]["next_token"]}}
    assert send(key_client_for(user_factory()), RESOURCES, body).status_code == 400


@pytest.mark.usefixtures("records")
def test_a_token_is_good_for_its_own_endpoint_only(service: APIClient) -> None:
    body = {"subject": user("alice"), "action": action("read"), "resource": record("record-1")}
    token = ask(service, SUBJECTS, {**body, "page": {"limit": 1}})["page"]["next_token"]
    assert send(service, SUBJECTS, {**body, "page": {"token": token}}).status_code == 200
    assert send(service, RESOURCES, {**body, "page": {"token": token}}).status_code == 400


@pytest.mark.usefixtures("many")
def test_a_token_ends_after_an_hour(service: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {**SEARCH, "page": {"token": page_of(service, limit=2)["page"]["next_token"]}}
    later = (timezone.now() + timedelta(seconds=3601)).timestamp()
    monkeypatch.setattr("django.core.signing.time.time", lambda: later)
    assert send(service, RESOURCES, body).status_code == 400
