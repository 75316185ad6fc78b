"""Both doors say the same: to everybody, about everything, whatever is asked and however."""

from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from typing import Any, Final, NoReturn
from uuid import uuid4

import pytest
from django.conf import settings as django_settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from accounts import policies
from accounts.models import Session, User
from accounts.models.session import EndReason
from authorization.fast_door.door import FastDoor
from authorization.freshness.confirmation import wait_until_heard
from authorization.freshness.listener import Listener
from tests.authorization.fast_door.doors import (
    ADDRESS,
    READ,
    Reply,
    ask,
    ask_from_memory,
    django_door,
    new_fast_door,
    token_of,
)
from tests.authorization.freshness.test_cached_decisions import EVERY_END, WORLDS
from tests.authorization.freshness.worlds import World, by_team, owned
from tests.security.cast import PEOPLE, Cast, gather
from tests.support.factories import user_factory
from tests.support.trail import trail
from velro.blocking.block_list import block_list
from velro.blocking.models import BlockedNetwork
from velro.database_clock import database_now

KINDS: Final = ("own", "project", "restricted", "archived", "quarantined", "deleted", "closed", "foreign", "absent")
BODIES: Final = tuple(f'{{"action": "{name}"}}'.encode() for name in ("read", "write", "share", "delete"))
VARIES: Final = {"id", "at", "request_id", "duration_ms", "details"}


def tokens_of(cast: Cast) -> dict[str, str | None]:
    suspended = cast.people["suspended"]
    User.objects.filter(id=suspended.id).update(status="active")
    tokens: dict[str, str | None] = {name: token_of(person) for name, person in cast.people.items()}
    User.objects.filter(id=suspended.id).update(status="suspended")
    return tokens | {"anonymous": None}


def known_at_a_new_door(make: Callable[[], World], listener: Listener) -> tuple[FastDoor, World, str]:
    """A door that has learned nothing yet, a world, and a token of its person."""
    with transaction.atomic():
        world = make()
        token = token_of(world.person)
    wait_until_heard(listener)
    return new_fast_door(), world, token


def test_everybody_is_told_the_same_at_both_doors(listener: Listener) -> None:
    with transaction.atomic():
        cast = gather()
        tokens = tokens_of(cast)
    wait_until_heard(listener)
    door, replayed = new_fast_door(), set()
    for person in PEOPLE:
        for kind in KINDS:
            generation = cast.generation_id(kind, person)
            for body in BODIES:
                wanted = [ask(django_door(), tokens[person], generation, body) for _ in range(2)][-1]
                before = door.replayed
                given = [ask(door, tokens[person], generation, body) for _ in range(3)]
                assert given == [wanted] * 3, (person, kind, body)
                if door.replayed > before:
                    replayed.add((person, kind))

    assert {person for person, _ in replayed} == set(PEOPLE) - {"suspended", "anonymous"}
    assert not {kind for _, kind in replayed} & {"deleted", "absent"}
    assert door.decided > 0


SPELLINGS: Final[dict[str, tuple[bytes, dict[str, str | None]]]] = {
    "a query": (READ, {"QUERY_STRING": "a=1"}),
    "another media type": (READ, {"CONTENT_TYPE": "text/plain"}),
    "no media type": (READ, {"CONTENT_TYPE": None}),
    "html": (READ, {"HTTP_ACCEPT": "text/html"}),
    "a digest": (READ, {"HTTP_WANT_REPR_DIGEST": "sha-256=1"}),
    "a cookie": (READ, {"HTTP_COOKIE": "velro_admin=1"}),
    "an id of the request": (READ, {"HTTP_X_REQUEST_ID": "mine"}),
    "a forged address": (READ, {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}),
    "another host": (READ, {"HTTP_HOST": "evil.example"}),
    "another scheme": (READ, {"HTTP_AUTHORIZATION": "Basic abc"}),
    "no token": (READ, {"HTTP_AUTHORIZATION": None}),
    "a token that is none": (READ, {"HTTP_AUTHORIZATION": "Bearer a.b.c"}),
    "nothing": (b"", {}),
    "an empty object": (b"{}", {}),
    "another spelling": (b'{ "action" : "read" }', {}),
    "the key twice": (b'{"action":"read","action":"delete"}', {}),
    "an unknown action": (b'{"action":"own"}', {}),
    "an unknown field": (b'{"action":"read","as":"admin"}', {}),
    "a list": (b"[]", {}),
    "no JSON": (b"{", {}),
    "a long body": (b'{"action":"read"' + b" " * 60 + b"}", {}),
    "a longer length": (READ, {"CONTENT_LENGTH": "5000000"}),
    "another method": (READ, {"REQUEST_METHOD": "GET"}),
    "another path": (READ, {"PATH_INFO": "/api/v1/generations/authorize"}),
}


@pytest.mark.parametrize("name", SPELLINGS)
def test_whatever_is_sent_is_understood_alike(listener: Listener, name: str) -> None:
    door, world, token = known_at_a_new_door(owned, listener)
    body, extra = SPELLINGS[name]
    ask_from_memory(door, token, world.generation.id)
    # Learned first in each order, so that nothing learned of the one is told to the other.
    wanted = [ask(django_door(), token, world.generation.id, body, **extra) for _ in range(2)][-1]
    for _ in range(3):
        assert ask(door, token, world.generation.id, body, **extra) == wanted
    assert ask_from_memory(door, token, world.generation.id).body["access_granted"]


@pytest.mark.parametrize("name", EVERY_END)
def test_nothing_is_replayed_after_it_was_taken_away(listener: Listener, name: str) -> None:
    kind, change = EVERY_END[name]
    door, world, token = known_at_a_new_door(WORLDS[kind], listener)
    assert ask_from_memory(door, token, world.generation.id).body["access_granted"]

    with transaction.atomic():
        change(world)
    wait_until_heard(listener)
    replayed = door.replayed
    after = ask(door, token, world.generation.id)
    assert door.replayed == replayed
    assert after.code == 401 or after.body["access_granted"] is False


def revoke(world: World) -> None:
    Session.objects.filter(user=world.person).update(revoked_at=database_now(), revoked_reason=EndReason.SIGNED_OUT)


def expire(world: World) -> None:
    Session.objects.filter(user=world.person).update(idle_expires_at=database_now())


@pytest.mark.parametrize("end", [revoke, expire])
def test_nobody_comes_in_with_a_session_that_ended(listener: Listener, end: Callable[[World], None]) -> None:
    door, world, token = known_at_a_new_door(by_team, listener)
    ask_from_memory(door, token, world.generation.id)
    end(world)
    wait_until_heard(listener)

    assert ask(door, token, world.generation.id).code == 401


def test_without_a_lease_django_is_asked(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    door, world, token = known_at_a_new_door(owned, listener)
    ask_from_memory(door, token, world.generation.id)
    replayed = door.replayed
    with monkeypatch.context() as patch:
        patch.setattr(listener, "database_time", lambda: None)
        patch.setattr("authorization.caching.memory.seconds_now", lambda: listener.lease.until + 1)
        assert ask(door, token, world.generation.id).body["access_granted"]
    assert door.replayed == replayed


def test_a_session_that_turns_up_elsewhere_is_looked_at_by_django(listener: Listener) -> None:
    door, world, token = known_at_a_new_door(owned, listener)
    ask_from_memory(door, token, world.generation.id)
    ask(door, token, world.generation.id, HTTP_USER_AGENT="curl/8.1")

    assert trail().filter(session_id=Session.objects.get(user=world.person).id, reason="device_changed").exists()


def test_a_session_that_is_used_here_is_seen_to_be(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    door, world, token = known_at_a_new_door(by_team, listener)
    ask_from_memory(door, token, world.generation.id)
    sessions, past = Session.objects.filter(user=world.person), database_now() - timedelta(minutes=10)
    sessions.update(last_seen_at=past)
    ask_from_memory(door, token, world.generation.id)
    assert sessions.get().last_seen_at == past

    later = monotonic() + policies.SECONDS_BETWEEN_NOTES
    monkeypatch.setattr(policies, "monotonic", lambda: later)
    for _ in range(2):
        ask_from_memory(door, token, world.generation.id)
        assert sessions.get().last_seen_at > past + timedelta(minutes=9)


def test_each_answer_leaves_a_record_as_that_of_django(listener: Listener) -> None:
    door, world, token = known_at_a_new_door(by_team, listener)
    ask(django_door(), token, world.generation.id)
    of_django = records_of(world)
    ask_from_memory(door, token, world.generation.id)
    records = records_of(world)

    assert len(records) > len(of_django)
    assert {name: value for name, value in records[-1].items() if name not in VARIES} == {
        name: value for name, value in of_django[-1].items() if name not in VARIES
    }
    assert set(records[-1]["details"]) == {"replay"}
    assert records[-1]["client_address"] == ADDRESS


def records_of(world: World) -> list[dict[str, Any]]:
    events = trail().filter(actor_id=world.person.id, name="authorization.decision").order_by("at")
    return [dict(row) for row in events.values()]


def test_what_cannot_be_recorded_is_not_said(listener: Listener, request: pytest.FixtureRequest) -> None:
    door, world, token = known_at_a_new_door(owned, listener)
    ask_from_memory(door, token, world.generation.id)
    request.getfixturevalue("unwritable_journal")

    assert ask(door, token, world.generation.id).code == 503


def test_both_doors_count_under_one_quota(listener: Listener, settings: Settings) -> None:
    settings.ENVIRONMENT = django_settings.ENVIRONMENT.model_copy(update={"rate_limit_per_user": 200})
    door, world, token = known_at_a_new_door(owned, listener)
    codes = [ask((door, django_door())[turn % 2], token, world.generation.id).code for turn in range(203)]

    assert codes == [200] * 200 + [429] * 3
    assert door.replayed > 50


def test_a_blocked_address_stays_out(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    door, world, token = known_at_a_new_door(owned, listener)
    ask_from_memory(door, token, world.generation.id)
    BlockedNetwork.objects.create(network=f"{ADDRESS}/32", reason="test")
    try:
        monkeypatch.setattr(block_list, "_renew_at", 0.0)
        assert ask(door, token, world.generation.id).code == 403
        assert ask(door, token, world.generation.id).code == 403
    finally:
        BlockedNetwork.objects.all().delete()
        block_list._read()


def test_what_one_person_was_told_is_told_to_nobody_else(listener: Listener) -> None:
    with transaction.atomic():
        world, stranger = owned(), user_factory()
        mine, theirs = token_of(world.person), token_of(stranger)
    wait_until_heard(listener)
    door = new_fast_door()
    ask_from_memory(door, mine, world.generation.id)
    for generation in (world.generation.id, uuid4()):
        assert [ask(door, theirs, generation).body["access_granted"] for _ in range(3)] == [False] * 3


def test_the_body_is_left_to_whoever_reads_it_next() -> None:
    seen: list[bytes] = []

    def behind(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return []

    door = new_fast_door()
    door._application = behind
    ask(door, None, uuid4())
    assert seen == [READ]


def test_who_comes_for_the_first_time_need_not_go_to_django(listener: Listener) -> None:
    door, world, token = known_at_a_new_door(owned, listener)
    ask_from_memory(door, token, world.generation.id)
    assert with_django_gone(door, token_of(world.person), world).body["access_granted"]


def test_a_host_that_django_has_not_answered_by_is_left_to_it(listener: Listener) -> None:
    door, world, token = known_at_a_new_door(owned, listener)
    ask_from_memory(door, token, world.generation.id)
    with pytest.raises(AssertionError, match="Django was asked"):
        with_django_gone(door, token, world, HTTP_HOST="testserver:81")


def test_a_network_that_is_denied_stays_out_though_its_token_is_known(listener: Listener, settings: Settings) -> None:
    door, world, token = known_at_a_new_door(owned, listener)
    ask_from_memory(door, token, world.generation.id)
    settings.ENVIRONMENT = django_settings.ENVIRONMENT.model_copy(update={"denied_networks": ("192.0.2.0/24",)})

    assert ask(door, token, world.generation.id, REMOTE_ADDR="192.0.2.7").code == 403
    assert ask(door, token, world.generation.id).code == 200


def test_who_is_refused_at_the_door_ends_everywhere_first(listener: Listener, settings: Settings) -> None:
    """The layers ended the session here; Django, which says so, has changed nothing that it would wait for."""
    settings.ENVIRONMENT = django_settings.ENVIRONMENT.model_copy(update={"session_binding": "enforce"})
    door, world, token = known_at_a_new_door(owned, listener)
    ask_from_memory(door, token, world.generation.id)
    position = listener.changes.position

    assert ask(door, token, world.generation.id, HTTP_USER_AGENT="curl/8.1").code == 401
    assert listener.changes.position > position
    assert ask(door, token, world.generation.id).code == 401


def test_who_has_used_up_their_quota_costs_no_look_up(listener: Listener, settings: Settings) -> None:
    settings.ENVIRONMENT = django_settings.ENVIRONMENT.model_copy(update={"rate_limit_per_ip": 200})
    door, world, token = known_at_a_new_door(owned, listener)
    ask(door, token, world.generation.id)
    unbelieved = token[:-4] + ("AAAA" if not token.endswith("AAAA") else "BBBB")
    codes = [ask(door, unbelieved, world.generation.id).code for _ in range(199)]
    assert set(codes) == {401}
    with CaptureQueriesContext(connection) as queries:
        assert [ask(door, unbelieved, world.generation.id).code for _ in range(5)] == [429] * 5
    assert not [query for query in queries if "accounts_signingkey" in query["sql"]]


def not_to_be_asked(*_: object) -> NoReturn:
    raise AssertionError("Django was asked")


def with_django_gone(door: FastDoor, token: str, world: World, /, **extra: str | None) -> Reply:
    application, door._application = door._application, not_to_be_asked
    try:
        return ask(door, token, world.generation.id, **extra)
    finally:
        door._application = application
