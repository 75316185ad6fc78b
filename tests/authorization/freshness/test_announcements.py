"""Every trigger is needed: with it a change is heard of, and without it an answer from before goes on being given."""

import sys

import pytest
from django.db import connection, transaction
from psycopg import sql

from accounts.services.signing_keys import active_signing_key
from authorization.freshness import listener as listening
from authorization.freshness.listener import Listener
from authorization.roles import Role
from generations.models import Generation
from teams.models import Membership
from tests.authorization.freshness.announced_changes import (
    CASES,
    SWEEPING,
    TABLES,
    TRUNCATED,
    generation,
    person,
    run,
)
from tests.authorization.freshness.conftest import eventually
from tests.authorization.freshness.worlds import owned
from tests.generations.places import new_team
from tests.support.factories import user_factory


def switch(trigger: str, *, to: str) -> None:
    statement = sql.SQL("ALTER TABLE {} {} TRIGGER {}").format(
        sql.Identifier(TABLES[trigger]), sql.SQL(to), sql.Identifier(trigger)
    )
    run(statement.as_string())


def is_heard(listener: Listener, dependency: str, *, since: int) -> bool:
    """Once all is heard that was committed until now."""
    run("SELECT authorization_announce(ARRAY['the:last'])")
    assert eventually(lambda: not listener.changes.holds(since, ("the:last",)))
    return not listener.changes.holds(since, (dependency,))


@pytest.mark.parametrize("name", CASES)
def test_a_change_is_heard_of_only_by_its_trigger(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # Which would notice that a trigger is off.
    monkeypatch.setattr(listening, "BEATS_BETWEEN_LOOKS_AT_TRIGGERS", sys.maxsize)
    case, trigger = CASES[name], f"announce_{name}"
    with transaction.atomic():
        world, other = case.make(), case.make()
    announced, unheard = case.announces(world), case.announces(other)
    since = listener.changes.position
    with transaction.atomic():
        case.change(world)
    assert is_heard(listener, announced, since=since)

    switch(trigger, to="DISABLE")
    try:
        since = listener.changes.position
        with transaction.atomic():
            case.change(other)
        assert not is_heard(listener, unheard, since=since)
    finally:
        switch(trigger, to="ENABLE ALWAYS")


@pytest.mark.parametrize("name", SWEEPING)
def test_what_every_decision_reads_ends_every_answer(listener: Listener, name: str) -> None:
    active_signing_key()
    since = listener.changes.position
    SWEEPING[name]()
    assert eventually(lambda: not listener.changes.holds(since, ()))


@pytest.mark.parametrize("name", TRUNCATED)
def test_emptying_a_table_ends_every_answer(listener: Listener, name: str) -> None:
    since = listener.changes.position
    run(f"TRUNCATE {TRUNCATED[name]} CASCADE")
    assert eventually(lambda: not listener.changes.holds(since, ()))
    assert TABLES[f"announce_{name}_truncate"] == TRUNCATED[name]


def test_no_trigger_is_left_untried() -> None:
    tried = {*CASES, *SWEEPING, *(f"{name}_truncate" for name in TRUNCATED)}
    assert {trigger.removeprefix("announce_") for trigger in TABLES} == tried


def test_what_decisions_do_not_read_is_not_announced(listener: Listener) -> None:
    world = owned()
    since = listener.changes.position
    Generation.objects.update(title="Another", progress=0.5)
    run("UPDATE accounts_user SET last_login = now()")
    assert not is_heard(listener, generation(world), since=since)
    assert listener.changes.holds(since, (person(world),))


def test_a_change_that_is_rolled_back_is_not_announced(listener: Listener) -> None:
    world = owned()
    since = listener.changes.position
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE generations_generation SET archived_at = now()")
        cursor.execute("ROLLBACK")
    assert not is_heard(listener, generation(world), since=since)


def test_thousands_of_changes_in_one_statement_are_all_heard_of(listener: Listener) -> None:
    with transaction.atomic():
        people, team = [user_factory() for _ in range(400)], new_team()
    since = listener.changes.position
    Membership.objects.bulk_create(Membership(team=team, user=user, role=Role.VIEWER) for user in people)
    assert is_heard(listener, f"user:{people[0].id}", since=since)
    assert not any(listener.changes.holds(since, (f"user:{user.id}",)) for user in people)


def test_changes_of_replicated_writes_are_heard_of_too(listener: Listener) -> None:
    world = owned()
    since = listener.changes.position
    with transaction.atomic():
        run("SET LOCAL session_replication_role = replica")
        run("UPDATE generations_generation SET archived_at = now() WHERE id = %s", world.generation.id)
    assert is_heard(listener, generation(world), since=since)
