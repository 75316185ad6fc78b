"""Clocks step and machines sleep: what is answered from memory goes by the database's clock and by leases alone."""

import time
from collections.abc import Callable, Generator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.utils import timezone

from authorization.freshness.confirmation import wait_until_heard
from authorization.freshness.listener import LEASE_SECONDS, Listener, seconds_now
from authorization.roles import Role
from tests.authorization.freshness.conftest import cut_listeners, eventually, has_lease
from tests.authorization.freshness.processes import known_to_all, readers
from tests.authorization.freshness.worlds import World, by_team, decide, is_hit, new_generation, owned
from tests.generations.places import join, new_team, shared
from tests.support.factories import user_factory
from velro.database_clock import database_now

Step = Callable[[timedelta], None]
HOUR: Final = timedelta(hours=1)
# Long enough to have asked twice by then.
MOMENT: Final = timedelta(seconds=1)
# Found before those of PostgreSQL by every connection that begins from now on.
CLOCK: Final = """
CREATE SCHEMA stepped;
CREATE TABLE stepped.clock (ahead interval NOT NULL);
INSERT INTO stepped.clock VALUES ('0');
CREATE FUNCTION stepped.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS 'SELECT pg_catalog.clock_timestamp() + ahead FROM stepped.clock';
CREATE FUNCTION stepped.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT pg_catalog.statement_timestamp() + ahead FROM stepped.clock';
CREATE FUNCTION stepped.now() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT pg_catalog.now() + ahead FROM stepped.clock';
"""
SEARCH_PATH: Final = """
DO $$ BEGIN
    EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET search_path = {}', current_database());
END $$
"""


def run(statement: str, *values: float | UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)


def begin_anew(listener: Listener) -> None:
    """With connections that see what was set for the role."""
    connection.close()
    cut_listeners(wait_ms=1000)
    assert eventually(lambda: not has_lease(listener))
    assert eventually(lambda: listener.recent_peers() is not None)


@pytest.fixture
def step(listener: Listener) -> Generator[Step]:
    """Sets the clock of the database forward or back, and returns when this process has noticed."""

    def step(by: timedelta) -> None:
        run("UPDATE stepped.clock SET ahead = ahead + make_interval(secs => %s)", by.total_seconds())
        # A heartbeat that is on its way was perhaps sent before.
        done_at = seconds_now()
        assert eventually(lambda: listener.lease.until > done_at + LEASE_SECONDS)

    run(CLOCK)
    try:
        run(SEARCH_PATH.format("stepped, pg_catalog, public"))
        begin_anew(listener)
        yield step
    finally:
        run(SEARCH_PATH.format("DEFAULT"))
        run("DROP SCHEMA stepped CASCADE")
        begin_anew(listener)


def opened(*, starts_at: datetime, ends_at: datetime) -> World:
    """By a share, for that time."""
    with transaction.atomic():
        person, team, generation = user_factory(), new_team(), new_generation()
        join(team, person, Role.VIEWER)
        shared(generation, team, starts_at=starts_at, expires_at=ends_at)
    return World(person, generation)


def assert_ends_are_exact(listener: Listener) -> None:
    """From memory, by the clock as it is now."""
    now = database_now()
    world = opened(starts_at=now - HOUR, ends_at=now + MOMENT)
    wait_until_heard(listener)
    assert decide(world).is_allowed
    assert is_hit(world)
    while database_now() < now + MOMENT:
        pass
    assert not decide(world).is_allowed


def test_what_ended_by_a_step_of_the_clock_is_over(listener: Listener, step: Step) -> None:
    now = database_now()
    world = opened(starts_at=now - HOUR, ends_at=now + HOUR / 2)
    wait_until_heard(listener)
    decide(world)
    assert is_hit(world)
    step(HOUR)
    assert not decide(world).is_allowed
    assert_ends_are_exact(listener)
    step(-HOUR)
    assert decide(world).is_allowed


def test_what_has_not_begun_after_a_step_back_is_not_remembered(listener: Listener, step: Step) -> None:
    now = database_now()
    world = opened(starts_at=now + HOUR / 2, ends_at=now + 5 * HOUR)
    wait_until_heard(listener)
    assert not decide(world).is_allowed
    step(HOUR)
    assert decide(world).is_allowed
    assert is_hit(world)
    step(-HOUR)
    assert not decide(world).is_allowed
    assert_ends_are_exact(listener)


@pytest.mark.parametrize("by", [HOUR, -HOUR], ids=["forward", "back"])
def test_the_wall_clock_of_the_process_does_not_matter(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, by: timedelta
) -> None:
    now, real = database_now(), (time.time, time.time_ns, timezone.now)
    world, kept = opened(starts_at=now - HOUR, ends_at=now + MOMENT), owned()
    wait_until_heard(listener)
    for it in (world, kept):
        decide(it)
        assert is_hit(it)
    with monkeypatch.context() as patch:
        patch.setattr(time, "time", lambda: real[0]() + by.total_seconds())
        patch.setattr(time, "time_ns", lambda: real[1]() + int(by.total_seconds()) * 10**9)
        patch.setattr(timezone, "now", lambda: real[2]() + by)
        assert is_hit(kept)
        while database_now() < now + MOMENT:
            pass
        assert not decide(world).is_allowed
        assert is_hit(kept)


@pytest.mark.usefixtures("listener")
def test_a_machine_that_slept_wakes_up_without_a_lease() -> None:
    with transaction.atomic():
        world = owned()
    with readers(1) as (other,):
        known_to_all(world, [other])
        other.say("slept", HOUR.total_seconds())
        assert other.allows(world.person.id, world.generation.id) == (True, False)
        known_to_all(world, [other])


@pytest.mark.usefixtures("listener")
def test_a_process_that_was_stopped_before_a_change_first_asks_the_database() -> None:
    with transaction.atomic():
        taken, kept = by_team(), owned()
    with readers(1) as (other,):
        for world in (taken, kept):
            known_to_all(world, [other])
        other.stop()
        try:
            run("DELETE FROM teams_membership WHERE user_id = %s", taken.person.id)
            # What it will find to do before it can have heard of anything.
            for world in (taken, kept):
                other.say("once", world.person.id, world.generation.id)
            time.sleep(2 * LEASE_SECONDS)
        finally:
            other.go_on()
        first, _ = other.hear(), other.hear()
        assert first[1:3] == [False, False]
