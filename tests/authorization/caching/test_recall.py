"""The way through the tiers: once for all who ask at the same time, and kept nearer by the place from before."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import Barrier, Event, Thread
from uuid import UUID, uuid4

import pytest
from django.core.cache import caches
from django.db import connection

from authorization import engine
from authorization.caching import recall
from authorization.caching.facts import FACTS_CACHE
from authorization.caching.flights import Flights
from authorization.caching.shared_facts import SHARED_FACTS
from authorization.facts import Decision, Pair, Principal, ResourceFacts
from authorization.freshness.confirmation import wait_until_heard
from authorization.freshness.listener import Listener
from authorization.registry import registry
from generations import actions
from generations.policies import GENERATION_RESOURCE
from tests.authorization.freshness.conftest import eventually, has_new_lease, is_all_shared
from tests.authorization.freshness.worlds import World, decide, is_hit, owned
from velro.caching.shared_store import ALIAS

THREADS = 6


class Slow:
    """Generations as the engine knows them, which are not found before they may be."""

    name = GENERATION_RESOURCE.name

    def __init__(self) -> None:
        self.asked = 0
        self.may_answer = Event()

    def facts_for(self, user_id: UUID, resource_ids: Sequence[UUID]) -> Mapping[UUID, ResourceFacts]:
        self.asked += 1
        assert self.may_answer.wait(30)
        return GENERATION_RESOURCE.facts_for(user_id, resource_ids)


class Failing:
    """The first question comes to nothing."""

    name = GENERATION_RESOURCE.name

    def __init__(self) -> None:
        self.has_failed = False

    def facts_for(self, user_id: UUID, resource_ids: Sequence[UUID]) -> Mapping[UUID, ResourceFacts]:
        if not self.has_failed:
            self.has_failed = True
            raise ConnectionError
        return GENERATION_RESOURCE.facts_for(user_id, resource_ids)


def forget_here() -> None:
    assert is_all_shared()
    FACTS_CACHE._memory._entries.clear()


def ask_together(world: World, source: Slow) -> list[Decision]:
    """All ask before the first has an answer."""
    start, decisions = Barrier(THREADS + 1), list[Decision]()

    def ask() -> None:
        start.wait()
        decisions.append(engine.decide(Principal(world.person.id, uuid4()), actions.READ, world.generation.id))
        connection.close()

    threads = [Thread(target=ask) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    start.wait()
    assert eventually(lambda: source.asked > 0)
    source.may_answer.set()
    for thread in threads:
        thread.join()
    return decisions


def test_what_many_ask_for_at_the_same_time_is_loaded_once(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    world, source = owned(), Slow()
    wait_until_heard(listener)
    monkeypatch.setattr(recall, "FLIGHTS", Flights(patience=30))
    monkeypatch.setitem(registry.resource_types, "generation", source)
    assert eventually(lambda: has_new_lease(listener))
    decisions = ask_together(world, source)

    assert [decision.is_allowed for decision in decisions] == [True] * THREADS
    assert source.asked == 1
    assert sum(decision.is_cache_hit for decision in decisions) == THREADS - 1


def test_who_asks_after_a_change_does_not_take_an_answer_from_before_it(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = owned()
    wait_until_heard(listener)
    monkeypatch.setattr(recall, "FLIGHTS", Flights(patience=30))
    loaded, may_answer = Event(), Event()

    class Stale(Slow):
        """Looks before the change, and answers after it."""

        def facts_for(self, user_id: UUID, resource_ids: Sequence[UUID]) -> Mapping[UUID, ResourceFacts]:
            self.asked += 1
            facts = GENERATION_RESOURCE.facts_for(user_id, resource_ids)
            if self.asked == 1:
                loaded.set()
                assert may_answer.wait(30)
            return facts

    source, said = Stale(), list[bool]()
    monkeypatch.setitem(registry.resource_types, "generation", source)
    assert eventually(lambda: has_new_lease(listener))

    def ask() -> None:
        said.append(decide(world).is_allowed)
        connection.close()

    leader = Thread(target=ask)
    leader.start()
    assert loaded.wait(30)
    type(world.generation).objects.filter(id=world.generation.id).delete()
    wait_until_heard(listener)
    follower = Thread(target=ask)
    follower.start()
    may_answer.set()
    for thread in (leader, follower):
        thread.join()

    assert sorted(said) == [False, True], "who asked before the change may hear of what was before"


def test_a_look_up_that_failed_holds_up_nobody(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    world = owned()
    wait_until_heard(listener)
    flights = Flights[tuple[str, int, int]](patience=30)
    monkeypatch.setattr(recall, "FLIGHTS", flights)
    monkeypatch.setitem(registry.resource_types, "generation", Failing())
    assert eventually(lambda: has_new_lease(listener))
    with suppress(ConnectionError):
        decide(world)

    assert flights._under_way == {}
    assert decide(world).is_allowed


def test_what_was_found_in_the_second_tier_is_kept_in_the_first(listener: Listener) -> None:
    world = owned()
    wait_until_heard(listener)
    assert not is_hit(world)
    forget_here()
    before = SHARED_FACTS.figures().hits
    assert is_hit(world)
    caches[ALIAS].clear()

    assert is_hit(world)
    assert SHARED_FACTS.figures().hits == before + 1


def test_what_changes_while_the_second_tier_is_asked_is_not_kept_in_the_first(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = owned()
    wait_until_heard(listener)
    assert not is_hit(world)
    forget_here()
    known = SHARED_FACTS.known

    def overtaken(resource_type: str, pairs: Sequence[Pair]) -> list[ResourceFacts | None]:
        found = known(resource_type, pairs)
        type(world.person).objects.filter(id=world.person.id).update(status="suspended")
        wait_until_heard(listener)
        return found

    assert eventually(lambda: has_new_lease(listener))
    with monkeypatch.context() as patch:
        patch.setattr(SHARED_FACTS, "known", overtaken)
        decide(world)
    assert not decide(world).is_allowed
