"""Many questions in one request, of this API and of AuthZEN: both doors say the same."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from authorization.fast_door.door import FastDoor
from authorization.freshness.confirmation import wait_until_heard
from authorization.freshness.listener import Listener
from tests.authorization.fast_door.doors import Reply, ask_at, django_door, new_fast_door, token_of
from tests.security.cast import Cast, gather
from tests.support.api_keys import key_of
from tests.support.factories import user_factory
from tests.support.trail import trail

BATCH: Final = "/api/v1/generations/authorize"
EVALUATIONS: Final = "/access/v1/evaluations"
KINDS: Final = ("own", "project", "restricted", "archived", "quarantined", "deleted", "closed", "foreign", "absent")
ASKERS: Final = ("owner", "admin", "member", "viewer", "share", "delegate", "outsider")


@pytest.fixture
def cast(listener: Listener) -> Cast:
    with transaction.atomic():
        gathered = gather()
    wait_until_heard(listener)
    return gathered


def token_for(person: Any, listener: Listener) -> str:
    with transaction.atomic():
        token = token_of(person)
    wait_until_heard(listener)
    return token


def batch(ids: Sequence[UUID], **more: Any) -> bytes:
    return json.dumps({"ids": [str(it) for it in ids], **more}).encode()


def triple(person: object, generation: object, action: str = "read") -> dict[str, Any]:
    return {
        "subject": {"type": "user", "id": str(person)},
        "action": {"name": action},
        "resource": {"type": "generation", "id": str(generation)},
    }


def said_by_both(door: FastDoor, token: str, path: str, body: bytes) -> tuple[Reply, bool]:
    """Learned first in each order. The answer, and whether the fast door itself gave it."""
    wanted = [ask_at(django_door(), token, path, body) for _ in range(2)][-1]
    before = door.decided
    given = [ask_at(door, token, path, body) for _ in range(3)]
    assert given == [wanted] * 3
    return wanted, door.decided > before


def test_a_batch(cast: Cast, listener: Listener) -> None:
    door, replied = new_fast_door(), set[str]()
    for name in ASKERS:
        token, ids = token_for(cast.people[name], listener), [cast.generation_id(kind, name) for kind in KINDS]
        for action in ("read", "write", "share", "delete"):
            reply, was_ahead = said_by_both(door, token, BATCH, batch(ids, action=action))
            assert [one["id"] for one in reply.body["decisions"]] == [str(it) for it in ids]
            if was_ahead:
                replied.add(name)
    assert replied == set(ASKERS)


def test_a_batch_leaves_as_many_records(cast: Cast, listener: Listener) -> None:
    door, owner = new_fast_door(), cast.people["owner"]
    token, ids = token_for(owner, listener), [cast.generation_id(kind, "owner") for kind in KINDS]
    said_by_both(door, token, BATCH, batch(ids))
    decided = door.decided
    ask_at(door, token, BATCH, batch(ids), HTTP_X_REQUEST_ID="mine")

    assert door.decided == decided + len(ids)
    records = trail().filter(name="authorization.decision", actor_id=owner.id, request_id="mine")
    assert Counter(records.values_list("resource_id", flat=True)) == Counter(ids)


ODD_BATCHES: Final[Mapping[str, Any]] = {
    "none": [],
    "one twice": ["{0}", "{0}"],
    "no list": {"{0}": 1},
    "no id": ["{0}", "42"],
    "a number": [42],
    "upper case": ["{upper}"],
    "too many": [f"0b9c6f6e-58a3-4b6e-9a64-3f6f2a8d{number:04x}" for number in range(1001)],
}


@pytest.mark.parametrize("name", ODD_BATCHES)
def test_an_odd_batch_is_left_to_django(cast: Cast, listener: Listener, name: str) -> None:
    door, token = new_fast_door(), token_for(cast.people["owner"], listener)
    said_by_both(door, token, BATCH, batch([cast.generation_id("own", "owner")]))
    own = str(cast.generation_id("own", "owner"))
    ids = json.dumps(ODD_BATCHES[name]).replace("{0}", own).replace("{upper}", own.upper())
    _, was_ahead = said_by_both(door, token, BATCH, f'{{"ids":{ids}}}'.encode())
    assert not was_ahead


def test_evaluations(cast: Cast, listener: Listener) -> None:
    with transaction.atomic():
        operator = user_factory(is_staff=True, is_superuser=True)
        key = key_of(operator).secret
    wait_until_heard(listener)
    everything = [
        triple(cast.people[name].id, cast.generation_id(kind, name), action)
        for action in ("read", "delete")
        for kind in KINDS
        for name in ASKERS
    ]
    door = new_fast_door()
    reply, was_ahead = said_by_both(door, key, EVALUATIONS, json.dumps({"evaluations": everything}).encode())
    assert was_ahead
    assert {one["decision"] for one in reply.body["evaluations"]} == {True, False}

    person, ids = cast.people["viewer"], [cast.generation_id(kind, "viewer") for kind in KINDS]
    inherited = {
        **triple(person.id, ids[0]),
        "evaluations": [{"resource": triple(person.id, it)["resource"]} for it in ids],
    }
    own = token_for(person, listener)
    for asker in (key, own):
        _, was_ahead = said_by_both(door, asker, EVALUATIONS, json.dumps(inherited).encode())
        assert was_ahead
    _, was_ahead = said_by_both(door, own, EVALUATIONS, json.dumps({"evaluations": everything}).encode())
    assert not was_ahead, "somebody who is no operator asks about others"


ODD_EVALUATIONS: Final[Mapping[str, Any]] = {
    "none": {"evaluations": []},
    "no list": {"evaluations": {"a": "{0}"}},
    "one twice": {"evaluations": ["{0}", "{0}"]},
    "a semantic": {"evaluations": ["{0}", "{1}"], "options": {"evaluations_semantic": "deny_on_first_deny"}},
    "a context": {"evaluations": ["{0}"], "context": {"a": 1}},
    "an unknown action": {"evaluations": ["{0}", "{2}"]},
    "half a question": {"evaluations": ["{0}", {"action": {"name": "read"}}]},
    "no object": {"evaluations": ["{0}", 42]},
    "no evaluations": {},
}


@pytest.mark.parametrize("name", ODD_EVALUATIONS)
def test_odd_evaluations_are_left_to_django(cast: Cast, listener: Listener, name: str) -> None:
    person, door = cast.people["owner"], new_fast_door()
    token, generation = token_for(person, listener), cast.generation_id("own", "owner")
    plain = [triple(person.id, generation), triple(person.id, uuid4()), triple(person.id, generation, "own")]
    said_by_both(door, token, EVALUATIONS, json.dumps({"evaluations": plain[:1]}).encode())
    body = json.dumps(ODD_EVALUATIONS[name])
    for number, question in enumerate(plain):
        body = body.replace(f'"{{{number}}}"', json.dumps(question))
    _, was_ahead = said_by_both(door, token, EVALUATIONS, body.encode())
    assert not was_ahead
