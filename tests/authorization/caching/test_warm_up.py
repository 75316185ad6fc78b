"""A process that begins knows what was asked most, as well as if it had been asked."""

import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from pytest_django.fixtures import Settings
from structlog.testing import capture_logs

from accounts.models import User
from authorization import engine
from authorization.actions import Action
from authorization.caching import warm_up
from authorization.caching.facts import FACTS_CACHE, key_of
from authorization.caching.warm_up import WARMER, Warmer
from authorization.errors import PermissionDenied
from authorization.facts import Decision, Principal
from authorization.freshness.confirmation import wait_until_heard
from authorization.freshness.listener import Listener
from generations import actions
from tests.authorization.freshness.conftest import eventually
from tests.authorization.freshness.worlds import World, by_team, owned
from tests.support.clients import sign_in
from tests.support.factories import user_factory
from tests.support.operators import new_operator
from tests.support.trail import trail
from velro.audit.models import AuditEvent, Outcome
from velro.audit.services import Actor
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


@pytest.fixture
def warmer(listener: Listener) -> Iterator[Warmer]:
    """One that has begun, in a process that knows nothing but what has been asked."""
    world = owned()
    ask(world)
    begin(listener)
    warmer = Warmer()
    warmer.start(engine.preload)
    yield warmer
    warmer.stop()
    listener.calls.clear()


def test_it_happens_beside_the_requests(warmer: Warmer) -> None:
    assert eventually(lambda: warmer.last is not None)
    assert warmer.last
    assert warmer.last.facts == 1


def test_it_happens_again(listener: Listener, settings: Settings, request: pytest.FixtureRequest) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"cache_warm_up_interval": 0.05})
    warmer: Warmer = request.getfixturevalue("warmer")
    assert eventually(lambda: warmer.last is not None)
    first = warmer.last
    begin(listener)

    assert eventually(lambda: warmer.last is not first)
    assert eventually(lambda: warmer.last is not None and warmer.last.facts == 0), "what is known is not loaded again"


def test_what_a_person_asked_is_known_when_they_are_to_be_warmed_up(warmer: Warmer, listener: Listener) -> None:
    world, other = owned(), owned()
    ask(world)
    ask(other)
    assert eventually(lambda: warmer.last is not None)
    begin(listener)
    assert is_forgotten(world)
    warmer.want(world.person.id)

    assert eventually(lambda: is_known(world))
    assert ask(world).is_cache_hit
    assert not ask(other).is_cache_hit


def test_that_is_what_a_sign_in_does(listener: Listener) -> None:
    world = owned()
    WARMER.start(engine.preload)
    try:
        assert eventually(lambda: WARMER.last is not None)
        ask(world)
        begin(listener)
        assert is_forgotten(world)
        sign_in(world.person.email)
        assert eventually(lambda: is_known(world))
    finally:
        WARMER.stop()
        WARMER.last = None


def is_forgotten(world: World) -> bool:
    FACTS_CACHE._memory._entries.clear()
    return not is_known(world)


def is_known(world: World) -> bool:
    return key_of("generation", (world.person.id, world.generation.id)) in FACTS_CACHE._memory._entries


def test_an_operator_can_have_every_process_warm_up(warmer: Warmer, listener: Listener) -> None:
    assert eventually(lambda: warmer.last is not None)
    first, operator = warmer.last, new_operator()
    warm_up.warm_up_everywhere(actor=Actor(operator.id))
    wait_until_heard(listener)

    assert eventually(lambda: warmer.last is not first)
    assert trail().filter(name="cache.warmed_up", actor_id=operator.id).count() == 1


@pytest.mark.django_db
def test_nobody_else_can() -> None:
    with pytest.raises(PermissionDenied):
        warm_up.warm_up_everywhere(actor=Actor(user_factory().id))


def test_who_signs_in_while_many_wait_is_left_out(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_up, "MOST_WAITING", 1)
    has_begun, may_go_on, warmer = threading.Event(), threading.Event(), Warmer()

    def preload(_user_id: UUID, _action: Action, resource_ids: Sequence[UUID]) -> int:
        has_begun.set()
        assert may_go_on.wait(10)
        return len(resource_ids)

    ask(owned())
    begin(listener)
    warmer.start(preload)
    assert has_begun.wait(10)
    with capture_logs() as logs:
        for _ in range(3):
            warmer.want(uuid4())
    may_go_on.set()
    assert eventually(lambda: warmer.last is not None)
    warmer.stop()

    assert [entry["event"] for entry in logs] == ["cache_warm_up_left_out"] * 2


def test_it_can_be_switched_off(settings: Settings) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"cache_warm_up": False})
    warmer = Warmer()
    warmer.start(engine.preload)
    warmer.want()

    assert "cache-warm-up" not in {thread.name for thread in threading.enumerate()}
    assert warmer.last is None
