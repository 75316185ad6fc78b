"""A process that begins knows what was asked most, as well as if it had been asked."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings

from accounts.models import User
from authorization import engine
from authorization.caching import warm_up
from authorization.facts import Decision, Principal
from authorization.freshness.confirmation import wait_until_heard
from authorization.freshness.listener import Listener
from generations import actions
from tests.authorization.freshness.conftest import eventually
from tests.authorization.freshness.worlds import World, by_team, owned
from tests.support.factories import user_factory
from tests.support.trail import trail
from velro.audit.models import AuditEvent, Outcome
from velro.database_clock import database_now


def ask(world: World) -> Decision:
    return engine.decide(Principal(world.person.id, uuid4()), actions.READ, world.generation.id)


def begin(listener: Listener) -> None:
    """As a new process does: it knows nothing, and the trail has everything."""
    trail()
    listener.changes.forget()


def record(world: World, *, days_ago: int = 0, resource_type: str = "generation") -> None:
    AuditEvent.objects.create(
        name="authorization.decision",
        outcome=Outcome.ALLOWED,
        at=database_now() - timedelta(days=days_ago),
        actor_id=world.person.id,
        resource_type=resource_type,
        resource_id=world.generation.id,
    )


def test_what_was_asked_is_known(listener: Listener) -> None:
    with transaction.atomic():
        worlds = [owned(), by_team()]
    for world in worlds:
        ask(world)
    begin(listener)

    assert warm_up.warm_up(engine.preload) == 2
    assert all(ask(world).is_cache_hit and ask(world).is_allowed for world in worlds)


def test_what_was_asked_most_comes_first(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_up, "MOST_PAIRS", 1)
    seldom, often = owned(), owned()
    for world in (often, seldom, often):
        ask(world)
    begin(listener)

    assert warm_up.warm_up(engine.preload) == 1
    assert ask(often).is_cache_hit
    assert not ask(seldom).is_cache_hit


def test_who_was_asked_about_is_known_and_not_who_asked(listener: Listener) -> None:
    world, asker = owned(), user_factory()
    engine.decide_for(world.person.id, actions.READ, [world.generation.id], asked_by=Principal(asker.id, uuid4()))
    begin(listener)

    assert warm_up.warm_up(engine.preload) == 1
    assert ask(world).is_cache_hit


def test_what_was_taken_away_since_is_not_given_back(listener: Listener) -> None:
    world = owned()
    assert ask(world).is_allowed
    User.objects.filter(id=world.person.id).update(status="suspended")
    wait_until_heard(listener)
    begin(listener)
    warm_up.warm_up(engine.preload)

    assert not ask(world).is_allowed


def test_yesterday_and_unknown_resources_are_left_out(listener: Listener) -> None:
    assert listener.leased_since is not None
    record(owned(), days_ago=2)
    record(owned(), resource_type="nothing")

    assert warm_up.warm_up(engine.preload) == 0


def test_nothing_is_loaded_in_a_transaction(listener: Listener) -> None:
    ask(owned())
    begin(listener)
    with transaction.atomic():
        assert warm_up.warm_up(engine.preload) == 0


def test_without_a_lease_nothing_is_loaded(listener: Listener) -> None:
    ask(owned())
    begin(listener)
    listener.stop()
    try:
        assert warm_up.warm_up(engine.preload) == 0
    finally:
        listener.start()


def test_it_happens_beside_the_requests(listener: Listener) -> None:
    world = owned()
    ask(world)
    begin(listener)
    warm_up.start_warm_up(engine.preload)

    assert eventually(lambda: "cache-warm-up" not in {thread.name for thread in threading.enumerate()})
    assert ask(world).is_cache_hit


def test_it_can_be_switched_off(settings: Settings) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"cache_warm_up": False})
    warm_up.start_warm_up(engine.preload)

    assert "cache-warm-up" not in {thread.name for thread in threading.enumerate()}
