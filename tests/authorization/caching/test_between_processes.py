"""What one process has loaded another answers from, and never after it was taken away, whatever Redis holds."""

from collections.abc import Iterator, Mapping

import psycopg
import pytest
from django.core.cache import caches
from django.db import connection, transaction

from authorization import engine
from authorization.caching import warm_up
from authorization.caching.facts import FACTS_CACHE
from authorization.caching.forgetting import forget_everything
from authorization.caching.shared_facts import SHARED_FACTS
from authorization.freshness.confirmation import wait_until_heard
from authorization.freshness.listener import Listener
from tests.authorization.freshness.conftest import eventually, has_new_lease, is_all_shared
from tests.authorization.freshness.processes import Reader, readers
from tests.authorization.freshness.test_cached_decisions import EVERY_END, WORLDS
from tests.authorization.freshness.worlds import World, decide, new_generation, owned
from tests.support.factories import user_factory
from tests.support.operators import new_operator
from tests.support.trail import trail
from velro.audit.services import Actor
from velro.caching.shared_store import ALIAS


@pytest.fixture(scope="module")
def _reader(_listening: Listener) -> Iterator[Reader]:
    with readers(1) as (reader,):
        yield reader
    assert eventually(lambda: len(_listening.recent_peers() or ()) == 1), "later tests are not to wait for it"


@pytest.fixture
def other(_reader: Reader, listener: Listener) -> Reader:
    """Another process, with a lease as this one."""
    caches[ALIAS].clear()
    assert eventually(lambda: has_new_lease(listener))
    return _reader


def made(kind: str, listener: Listener) -> World:
    """All processes have heard of it."""
    with transaction.atomic():
        world = WORLDS[kind]()
    wait_until_heard(listener)
    return world


def asked(process: Reader, world: World) -> tuple[bool | None, bool]:
    """What it says when it may answer from memory, and whether it did."""
    assert is_all_shared()
    assert eventually(lambda: process.has_new_lease)
    return process.allows(world.person.id, world.generation.id)


def forget_here() -> None:
    """What this process has in memory, so that it asks Redis."""
    assert is_all_shared()
    FACTS_CACHE._memory._entries.clear()


def shared_hits_here() -> int:
    return SHARED_FACTS.figures().hits


def held() -> Mapping[bytes, bytes]:
    """All that Redis holds."""
    assert is_all_shared()
    client = caches[ALIAS].client.get_client()  # type: ignore[attr-defined]  # django-redis
    return {name: client.get(name) for name in client.keys("velro:*")}


def put_back(values: Mapping[bytes, bytes]) -> None:
    """As a restore of an old dump does."""
    caches[ALIAS].client.get_client().mset(dict(values))  # type: ignore[attr-defined]  # django-redis


@pytest.mark.parametrize("kind", WORLDS)
def test_what_one_process_has_loaded_another_answers_from(listener: Listener, other: Reader, kind: str) -> None:
    world = made(kind, listener)
    before = other.shared_hits
    assert decide(world).is_allowed

    assert asked(other, world) == (True, True)
    assert other.shared_hits == before + 1
    assert asked(other, world) == (True, True)
    assert other.shared_hits == before + 1, "from its own memory by now"


@pytest.mark.parametrize("name", EVERY_END)
def test_an_old_dump_gives_nothing_back_that_was_taken_away(listener: Listener, other: Reader, name: str) -> None:
    kind, change = EVERY_END[name]
    world = made(kind, listener)
    assert decide(world).is_allowed
    assert asked(other, world) == (True, True)
    before, hits = held(), (shared_hits_here(), other.shared_hits)
    assert before

    with transaction.atomic():
        change(world)
    wait_until_heard(listener)
    put_back(before)
    forget_here()
    assert not decide(world).is_allowed
    assert asked(other, world) == (False, False)
    assert (shared_hits_here(), other.shared_hits) == hits


def test_a_process_that_begins_after_a_change_does_not_believe_what_was_read_before_it(
    listener: Listener, other: Reader
) -> None:
    world = made("by team", listener)
    assert asked(other, world)[0]
    before = held()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_user SET status = 'suspended' WHERE id = %s", [world.person.id])
    wait_until_heard(listener)
    put_back(before)

    with readers(1) as (newcomer,):
        assert asked(newcomer, world) == (False, False)
        assert newcomer.shared_hits == 0


@pytest.mark.usefixtures("other")
def test_what_is_forbidden_is_not_shared() -> None:
    generation = new_generation()
    assert not decide(World(user_factory(), generation)).is_allowed

    assert held() == {}


def test_forgetting_everything_ends_what_is_shared_too(listener: Listener, other: Reader) -> None:
    world = made("owned", listener)
    assert decide(world).is_allowed
    before = held()
    forget_everything(actor=Actor(new_operator().id))
    wait_until_heard(listener)
    put_back(before)
    forget_here()
    hits = other.shared_hits, shared_hits_here()

    assert asked(other, world) == (True, False)
    assert (other.shared_hits, shared_hits_here()) == hits
    assert decide(world).is_allowed


def test_a_change_that_is_long_under_way_keeps_nothing_from_being_shared_that_does_not_depend_on_it(
    listener: Listener, other: Reader
) -> None:
    unrelated = user_factory()
    with psycopg.connect(**connection.get_connection_params()) as writer:
        writer.execute("UPDATE accounts_user SET status = 'suspended' WHERE id = %s", [unrelated.id])
        world = made("owned", listener)
        assert decide(world).is_allowed
        assert asked(other, world) == (True, True)


@pytest.mark.usefixtures("other")
def test_what_was_warmed_up_is_shared(listener: Listener) -> None:
    world = owned()
    decide(world)
    trail()
    listener.changes.forget()
    caches[ALIAS].clear()
    assert eventually(lambda: listener.changes.era.base is not None)

    assert warm_up.warm_up(engine.preload) == 1
    assert len(held()) == 1
