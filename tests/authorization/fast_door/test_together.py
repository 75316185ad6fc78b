"""Questions that come together are looked up together, and each gets the answer and the record of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

import orjson
import pytest
from django.core.cache import caches
from django.db import connection, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from authorization.caching.facts import FACTS_CACHE
from authorization.facts import ResourceFacts
from authorization.fast_door.door import FastDoor
from authorization.fast_door.shown import Shown
from authorization.freshness.confirmation import wait_until_heard
from authorization.freshness.listener import LISTENER, Listener
from authorization.registry import registry
from generations.policies import GENERATION_RESOURCE
from tests.authorization.fast_door.doors import ADDRESS, AGENT, READ, ask, django_door, new_fast_door, token_of
from tests.authorization.freshness.conftest import eventually, has_new_lease, is_all_shared
from tests.security.cast import PEOPLE, gather
from tests.support.trail import trail
from velro.audit.models import Outcome
from velro.caching.shared_store import ALIAS

KINDS: Final = ("own", "project", "restricted", "archived", "quarantined", "deleted", "closed", "foreign", "absent")
LIVE: Final = tuple(name for name in PEOPLE if name not in {"anonymous", "suspended"})


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks about what, and what Django says to that."""

    person_id: UUID
    generation_id: UUID
    token: str
    answer: Mapping[str, Any]

    def shown_to(self, door: FastDoor, request_id: str) -> Shown:
        """As a request."""
        path = f"/api/v1/generations/{self.generation_id}/authorize"
        environ = RequestFactory().generic("POST", path, READ).environ | {
            "CONTENT_TYPE": "application/json", "REMOTE_ADDR": ADDRESS, "HTTP_USER_AGENT": AGENT,
            "HTTP_AUTHORIZATION": f"Bearer {self.token}", "HTTP_X_REQUEST_ID": request_id,
        }  # fmt: skip
        shown = door.question_in(environ)
        assert shown
        return shown


@pytest.fixture
def everything_asked(listener: Listener) -> list[Asked]:
    """Everybody about everything."""
    with transaction.atomic():
        cast = gather()
        tokens = {name: token_of(cast.people[name]) for name in LIVE}
    wait_until_heard(listener)
    return [
        Asked(cast.people[name].id, it, tokens[name], ask(django_door(), tokens[name], it).body)
        for kind in KINDS
        for name in LIVE
        for it in [cast.generation_id(kind, name)]
    ]


def door_known_to(everybody: Sequence[Asked]) -> FastDoor:
    """Everybody has come in there, and nothing that they ask about is in memory."""
    door = new_fast_door()
    assert eventually(lambda: has_new_lease(LISTENER))
    for asked in everybody[: 2 * len(LIVE)]:
        ask(door, asked.token, asked.generation_id)
    assert is_all_shared()
    FACTS_CACHE._memory._entries.clear()
    caches[ALIAS].clear()
    return door


def test_everybody_is_told_what_django_says(everything_asked: list[Asked]) -> None:
    door = door_known_to(everything_asked)
    request_ids = [uuid4().hex for _ in everything_asked]
    shown = [asked.shown_to(door, request_id) for asked, request_id in zip(everything_asked, request_ids, strict=True)]
    with CaptureQueriesContext(connection) as queries:
        said = door.answer_together(shown)

    assert len(queries) == 1, "of everybody, about everything"
    records = {row.request_id: row for row in trail().filter(request_id__in=request_ids)}
    for asked, request_id, answer in zip(everything_asked, request_ids, said, strict=True):
        assert answer is not None
        headers, body = answer
        assert ("X-Request-ID", request_id) in headers
        assert lasting(orjson.loads(body)) == lasting(asked.answer)
        record = records[request_id]
        assert (record.actor_id, record.resource_id) == (asked.person_id, asked.generation_id)
        assert record.client_address == ADDRESS
        assert (record.outcome == Outcome.ALLOWED) == asked.answer["access_granted"]
    assert {asked.answer["access_granted"] for asked in everything_asked} == {True, False}


def test_when_the_look_up_fails_django_is_asked(everything_asked: list[Asked], monkeypatch: pytest.MonkeyPatch) -> None:
    class Failing:
        """It says nothing of anybody."""

        name = GENERATION_RESOURCE.name

        def facts_of(self, pairs: Sequence[tuple[UUID, UUID]]) -> Sequence[ResourceFacts | None]:
            raise ConnectionError(f"{len(pairs)} pairs")

    door = door_known_to(everything_asked)
    shown = [asked.shown_to(door, uuid4().hex) for asked in everything_asked[2 * len(LIVE) :]]
    with monkeypatch.context() as patch:
        patch.setitem(registry.resource_types, GENERATION_RESOURCE.name, Failing())
        assert door.answer_together(shown) == [None] * len(shown)
    assert all(door.answer_together(shown))


def lasting(body: Mapping[str, Any]) -> dict[str, Any]:
    """Without how long it took and whether it was remembered, which differ between any two answers."""
    return {name: value for name, value in body.items() if name not in {"response_time_ms", "cache_hit"}}
