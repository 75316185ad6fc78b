"""Whatever happens to Valkey, decisions go on, and nothing that was taken away comes back with it."""

import shutil
from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from authorization.caching.facts import FACTS_CACHE
from authorization.caching.shared_facts import SHARED_FACTS
from authorization.facts import Decision
from authorization.freshness.confirmation import wait_until_heard
from authorization.freshness.listener import Listener
from generations.models import Generation
from tests.authorization.freshness.conftest import eventually, has_new_lease, is_all_shared
from tests.authorization.freshness.worlds import World, by_team, decide, owned
from tests.support.valkey import OwnValkey, own_valkey
from velro.caching.breaker import Breaker, BreakerState
from velro.caching.shared_store import ALIAS
from velro.settings.caches import shared_cache_from

PAUSE_SECONDS = 0.2


@pytest.fixture
def valkey(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[OwnValkey]:
    """What processes share by, in this test."""
    with own_valkey() as server:
        settings.CACHES = {**settings.CACHES, ALIAS: shared_cache_from(server.url, timeout=0.05)}
        monkeypatch.setattr(SHARED_FACTS.store, "breaker", Breaker(pause=PAUSE_SECONDS))
        yield server


@pytest.fixture
def world(listener: Listener, valkey: OwnValkey) -> World:
    """Shared with all processes, by one in whose own memory it is not."""
    with transaction.atomic():
        world = by_team()
    wait_until_heard(listener)
    assert eventually(lambda: bool(ask(world, listener).is_allowed and valkey.client.dbsize() == 1))
    return world


def ask(world: World, listener: Listener) -> Decision:
    """As a process that has a lease and nothing in its own memory."""
    FACTS_CACHE._memory._entries.clear()
    assert eventually(lambda: has_new_lease(listener))
    decision = decide(world)
    assert is_all_shared()
    return decision


def breaker_state() -> BreakerState:
    return SHARED_FACTS.store.breaker.state


def is_shared_again(world: World, listener: Listener) -> bool:
    """Whether an answer comes from Valkey."""
    before = SHARED_FACTS.figures().hits
    return ask(world, listener).is_allowed and SHARED_FACTS.figures().hits > before


def test_it_is_the_second_tier(listener: Listener, world: World) -> None:
    assert eventually(lambda: is_shared_again(world, listener))


def test_flushed(listener: Listener, world: World, valkey: OwnValkey) -> None:
    valkey.client.flushall()

    assert ask(world, listener).is_allowed
    assert eventually(lambda: is_shared_again(world, listener))


def test_killed_and_started_again(listener: Listener, world: World, valkey: OwnValkey) -> None:
    valkey.kill()
    assert all(ask(world, listener).is_allowed for _ in range(5))
    assert breaker_state() is not BreakerState.CLOSED

    valkey.start()
    assert eventually(lambda: is_shared_again(world, listener))
    assert breaker_state() is BreakerState.CLOSED


def test_restarted_from_a_dump_from_before_a_revocation(listener: Listener, world: World, valkey: OwnValkey) -> None:
    valkey.client.save()
    kept = valkey.dump.with_suffix(".kept")
    shutil.copy2(valkey.dump, kept)
    (name,) = valkey.client.keys("*")
    Generation.objects.filter(id=world.generation.id).update(project=None)
    wait_until_heard(listener)

    valkey.kill()
    shutil.copyfile(kept, valkey.dump)
    valkey.start()
    assert valkey.client.keys("*") == [name], "what was read before the revocation is there again"
    before = SHARED_FACTS.figures().misses["changed"]
    for _ in range(5):
        decision = ask(world, listener)
        assert (decision.is_allowed, decision.is_cache_hit) == (False, False)
    assert SHARED_FACTS.figures().misses["changed"] > before, "it was found, and not believed"


def test_standing_still_as_behind_a_cut_network(listener: Listener, world: World, valkey: OwnValkey) -> None:
    before = SHARED_FACTS.store.failures
    valkey.stand_still()
    assert all(ask(world, listener).is_allowed for _ in range(5))
    assert breaker_state() is not BreakerState.CLOSED
    assert SHARED_FACTS.store.failures > before

    valkey.go_on()
    assert eventually(lambda: is_shared_again(world, listener))
    assert breaker_state() is BreakerState.CLOSED


def test_what_was_taken_away_while_it_stood_still_stays_away(
    listener: Listener, world: World, valkey: OwnValkey
) -> None:
    valkey.stand_still()
    Generation.objects.filter(id=world.generation.id).update(project=None)
    wait_until_heard(listener)
    assert not ask(world, listener).is_allowed
    valkey.go_on()
    for _ in range(10):
        assert not ask(world, listener).is_allowed


def test_a_server_that_is_full_or_refuses_to_write_is_as_good_as_none(
    listener: Listener, world: World, valkey: OwnValkey
) -> None:
    valkey.client.flushall()
    valkey.client.config_set("maxmemory", "1")

    assert all(ask(world, listener).is_allowed for _ in range(3))
    other = owned()
    wait_until_heard(listener)
    assert ask(other, listener).is_allowed
