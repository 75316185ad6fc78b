"""AuthZEN's evaluation at both doors: who asks about whom, and in which words, makes no difference between them."""

import json
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import pytest
from django.db import transaction

from accounts.models import ApiKey, User
from authorization.fast_door.door import FastDoor
from authorization.freshness.confirmation import wait_until_heard
from authorization.freshness.listener import Listener
from tests.authorization.fast_door.doors import (
    READ,
    Reply,
    ask_at,
    ask_from_memory_at,
    django_door,
    new_fast_door,
    token_of,
)
from tests.authorization.freshness.worlds import World, by_team, owned
from tests.support.api_keys import key_of
from tests.support.factories import user_factory
from tests.support.trail import trail

PATH: Final = "/access/v1/evaluation"
VARIES: Final = {"id", "at", "request_id", "duration_ms", "details"}


@dataclass(frozen=True, slots=True)
class Asking:
    """`world.person` may read `world.generation`; the operator and others have nothing to do with it."""

    world: World
    operator: User
    tokens: dict[str, str]


def asking(listener: Listener) -> Asking:
    with transaction.atomic():
        world, stranger, operator = by_team(), user_factory(), user_factory(is_staff=True, is_superuser=True)
        tokens = {
            "the person": token_of(world.person),
            "a stranger": token_of(stranger),
            "an operator": token_of(operator),
            "the operator's key": key_of(operator).secret,
            "the person's key": key_of(world.person).secret,
            "a stranger's key": key_of(stranger).secret,
            "half an operator": token_of(user_factory(is_staff=True)),
        }
    wait_until_heard(listener)
    return Asking(world, operator, tokens)


def question(person: object, generation: object, *, action: str = "read", **more: Any) -> bytes:
    asked = {
        "subject": {"type": "user", "id": str(person)},
        "action": {"name": action},
        "resource": {"type": "generation", "id": str(generation)},
    }
    return json.dumps(asked | more).encode()


def evaluate(door: FastDoor, token: str, body: bytes) -> Reply:
    return ask_at(door, token, PATH, body)


def test_everybody_is_told_the_same_at_both_doors(listener: Listener) -> None:
    it, door = asking(listener), new_fast_door()
    subjects = {"person": it.world.person.id, "stranger": user_factory().id, "nobody": uuid4(), "no id": "42"}
    generations = {"theirs": it.world.generation.id, "foreign": owned().generation.id, "absent": uuid4()}
    wait_until_heard(listener)
    replayed = set()
    for name, token in it.tokens.items():
        for about, subject in subjects.items():
            for kind, generation in generations.items():
                for action in ("read", "share", "own"):
                    body = question(subject, generation, action=action)
                    wanted = [ask_at(django_door(), token, PATH, body) for _ in range(2)][-1]
                    before = door.replayed
                    assert [evaluate(door, token, body) for _ in range(3)] == [wanted] * 3, (name, about, kind, action)
                    if door.replayed > before:
                        replayed.add((name, about, kind))

    assert replayed == {
        (name, "person", "theirs") for name in ("the person", "the person's key", "an operator", "the operator's key")
    }


SPELLINGS: Final[dict[str, dict[str, Any]]] = {
    "a context": {"context": {"time": "now"}},
    "an empty context": {"context": {}},
    "an unknown member": {"as": "admin"},
    "properties of the subject": {"subject": {"type": "user", "id": "{person}", "properties": {"role": "owner"}}},
    "another type of subject": {"subject": {"type": "group", "id": "{person}"}},
    "another type of resource": {"resource": {"type": "team", "id": "{generation}"}},
    "an unknown type": {"resource": {"type": "record", "id": "{generation}"}},
    "a number for an id": {"resource": {"type": "generation", "id": 7}},
    "a list for an action": {"action": {"name": ["read"]}},
    "no action": {"action": {}},
    "a text for a subject": {"subject": "{person}"},
    "an id in capitals": {"resource": {"type": "generation", "id": "{GENERATION}"}},
    "an id with a line end": {"resource": {"type": "generation", "id": "{generation}\n"}},
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_whatever_is_sent_is_understood_alike(listener: Listener, name: str) -> None:
    it, door = asking(listener), new_fast_door()
    person, generation, token = it.world.person.id, it.world.generation.id, it.tokens["the operator's key"]
    plain = question(person, generation)
    ask_from_memory_at(door, token, PATH, plain)
    body = question(person, generation, **SPELLINGS[name])
    for place, value in ((b"{person}", person), (b"{generation}", generation), (b"{GENERATION}", generation)):
        text = str(value).encode()
        body = body.replace(place, text.upper() if place.isupper() else text)
    wanted = [ask_at(django_door(), token, PATH, body) for _ in range(2)][-1]

    assert [evaluate(door, token, body) for _ in range(3)] == [wanted] * 3
    assert ask_from_memory_at(door, token, PATH, plain).body == {"decision": True}


@pytest.mark.parametrize(
    "written",
    [
        lambda it: question(it.world.person.id, it.world.generation.id).replace(b" ", b""),
        lambda it: json.dumps(dict(reversed(json.loads(question(it.world.person.id, it.world.generation.id)).items()))),
    ],
    ids=["without spaces", "the other way round"],
)
def test_members_come_in_any_order_and_with_any_spaces(listener: Listener, written: Any) -> None:
    it, door = asking(listener), new_fast_door()
    body = written(it)
    body = body if isinstance(body, bytes) else body.encode()

    assert ask_from_memory_at(door, it.tokens["an operator"], PATH, body).body == {"decision": True}


@pytest.mark.parametrize("more", [b', "action": {"name": "read"}}', b"}}", b', "a": NaN}', b"\xff}", b"[" * 300])
def test_what_is_refused_in_one_way_is_refused_in_the_other(listener: Listener, more: bytes) -> None:
    it, door = asking(listener), new_fast_door()
    token, plain = it.tokens["an operator"], question(it.world.person.id, it.world.generation.id)
    ask_from_memory_at(door, token, PATH, plain)
    body = plain[:-1] + more
    wanted = ask_at(django_door(), token, PATH, body)

    assert wanted.code == 400
    assert [evaluate(door, token, body) for _ in range(3)] == [wanted] * 3


@pytest.mark.parametrize("what", ["is_staff", "is_superuser"])
@pytest.mark.parametrize("through", ["an operator", "the operator's key"])
def test_who_is_no_operator_any_more_is_not_told_what_they_were_told(
    listener: Listener, what: str, through: str
) -> None:
    it, door = asking(listener), new_fast_door()
    body = question(it.world.person.id, it.world.generation.id)
    assert ask_from_memory_at(door, it.tokens[through], PATH, body).body == {"decision": True}

    User.objects.filter(id=it.operator.id).update(**{what: False})
    wait_until_heard(listener)
    assert [evaluate(door, it.tokens[through], body).body for _ in range(3)] == [{"decision": False}] * 3


def test_nothing_is_replayed_once_the_subject_or_the_key_is_gone(listener: Listener) -> None:
    it, door = asking(listener), new_fast_door()
    token, body = it.tokens["the operator's key"], question(it.world.person.id, it.world.generation.id)
    ask_from_memory_at(door, token, PATH, body)
    User.objects.filter(id=it.world.person.id).update(status="suspended")
    wait_until_heard(listener)
    assert evaluate(door, token, body).body == {"decision": False}

    User.objects.filter(id=it.world.person.id).update(status="active")
    wait_until_heard(listener)
    ask_from_memory_at(door, token, PATH, body)
    ApiKey.objects.filter(user=it.operator).delete()
    wait_until_heard(listener)
    assert evaluate(door, token, body).code == 401


def test_a_key_that_reaches_less_than_it_did_is_told_nothing_of_before(listener: Listener) -> None:
    it, door = asking(listener), new_fast_door()
    token, body = it.tokens["the operator's key"], question(it.world.person.id, it.world.generation.id)
    ask_from_memory_at(door, token, PATH, body)
    ApiKey.objects.filter(user=it.operator).update(scopes=["other"])
    wait_until_heard(listener)
    assert [evaluate(door, token, body).code for _ in range(3)] == [403] * 3


@pytest.mark.parametrize("first", [0, 1])
def test_who_was_told_at_one_address_is_told_at_the_other(listener: Listener, first: int) -> None:
    it, door = asking(listener), new_fast_door()
    person, generation, token = it.world.person.id, it.world.generation.id, it.tokens["the person"]
    asked = [(f"/api/v1/generations/{generation}/authorize", READ), (PATH, question(person, generation))]
    for path, body in (asked[first], asked[1 - first]):
        assert True in ask_from_memory_at(door, token, path, body).body.values()


def test_each_answer_leaves_a_record_that_names_whom_it_is_about(listener: Listener) -> None:
    it, door = asking(listener), new_fast_door()
    token, body = it.tokens["an operator"], question(it.world.person.id, it.world.generation.id)
    ask_at(django_door(), token, PATH, body)
    ask_from_memory_at(door, token, PATH, body)
    events = trail().filter(actor_id=it.operator.id, name="authorization.decision").order_by("at")
    records: list[dict[str, Any]] = [dict(row) for row in events.values()]
    of_django, *_, last = records

    assert {name: value for name, value in last.items() if name not in VARIES} == {
        name: value for name, value in of_django.items() if name not in VARIES
    }
    assert of_django["details"]["about_user"] == last["details"]["about_user"] == str(it.world.person.id)
    assert set(last["details"]) == {"replay", "about_user"}
