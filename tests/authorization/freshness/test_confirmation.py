"""Who changed something is answered when it is true in every process: soon, or one lease later at the latest."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic, sleep

import psycopg
import pytest
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from psycopg import sql

from authorization.freshness import confirmation
from authorization.freshness.announcements import ANNOUNCED, NAMES_IN_A_PAYLOAD
from authorization.freshness.changes import ChangeLog
from authorization.freshness.confirmation import ConfirmationMiddleware, wait_until_heard
from authorization.freshness.listener import APPLICATION, LEASE_SECONDS, Listener
from teams.models import Membership
from tests.authorization.freshness.conftest import cut_listeners
from tests.authorization.freshness.processes import answers, database_address, known_to_all, readers
from tests.authorization.freshness.worlds import World, by_share, by_team
from tests.support.factories import user_factory

OTHERS = 3


def revoke(world: World, listener: Listener) -> float:
    """Seconds from the COMMIT until it may be answered."""
    Membership.objects.filter(user=world.person).delete()
    committed_at = monotonic()
    wait_until_heard(listener)
    return monotonic() - committed_at


def test_every_other_process_has_heard_of_it(listener: Listener) -> None:
    with readers(OTHERS) as others:
        waited = []
        for _ in range(20):
            with transaction.atomic():
                world = by_team()
            known_to_all(world, others)
            waited.append(revoke(world, listener))
            assert answers(world, others) == [False] * OTHERS
        # Nobody had to wait for a lease to run out.
        assert sorted(waited)[len(waited) // 2] < LEASE_SECONDS / 2


def test_a_process_that_stands_still_costs_one_lease_and_wakes_up_without_one(listener: Listener) -> None:
    with readers(1) as (other,):
        with transaction.atomic():
            world = by_team()
        known_to_all(world, [other])
        other.stop()
        try:
            waited = revoke(world, listener)
        finally:
            other.go_on()
        assert waited >= LEASE_SECONDS
        assert answers(world, [other]) == [False]


def test_a_process_that_was_killed_costs_one_lease_at_most(listener: Listener) -> None:
    with readers(1) as (other,):
        with transaction.atomic():
            world = by_team()
        known_to_all(world, [other])
        other.process.kill()
        other.process.wait()
        assert revoke(world, listener) < 2 * LEASE_SECONDS


@pytest.mark.usefixtures("listener")
def test_a_process_that_is_cut_off_answers_nothing_from_memory() -> None:
    """All connections end between the change and what would have been heard of it."""
    with readers(1) as (other,):
        with transaction.atomic():
            world = by_share()
        known_to_all(world, [other])
        with transaction.atomic():
            Membership.objects.filter(user=world.person).delete()
            cut_listeners(wait_ms=1000)
        sleep(LEASE_SECONDS)
        assert answers(world, [other]) == [False]


@pytest.mark.django_db(transaction=True)
def test_a_process_that_does_not_listen_waits_for_one_lease() -> None:
    with transaction.atomic():
        world = by_team()
    deaf = Listener(ChangeLog())
    assert revoke(world, deaf) >= LEASE_SECONDS


@contextmanager
def a_peer() -> Iterator[Callable[[str], object]]:
    """Another process, as far as others see it: it has heard what it is given to say."""
    with psycopg.connect(database_address(), application_name=APPLICATION, autocommit=True) as own:

        def tell(heard: str) -> object:
            return own.execute(sql.SQL("SELECT {}").format(heard))

        tell("")
        yield tell


def test_what_is_announced_in_parts_was_heard_with_the_last_one(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confirmation, "LONGEST_LEASE_SECONDS", 20)
    announced: list[str] = []
    is_announced = Event()

    def announce_and_wait() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT authorization_announce(%s)", [[str(n) for n in range(2 * NAMES_IN_A_PAYLOAD + 1)]])
            cursor.execute("SELECT current_setting(%s)", [ANNOUNCED])
            announced.extend(cursor.fetchone())
        is_announced.set()
        wait_until_heard(listener)
        connection.close()

    with a_peer() as tell:
        waiting = Thread(target=announce_and_wait)
        waiting.start()
        assert is_announced.wait(10)
        transaction_id, _, last = announced[0].partition(".")
        assert last == "3"
        tell(f"{transaction_id}.1 {transaction_id}.2")
        waiting.join(2 * LEASE_SECONDS)
        assert waiting.is_alive()
        tell(f"{transaction_id}.2 {transaction_id}.3")
        # On a machine that stands still for a moment, it waits for the longest lease instead.
        waiting.join(40)
        assert not waiting.is_alive()


def test_who_changed_nothing_that_counts_waits_for_nobody(listener: Listener) -> None:
    wait_until_heard(listener)
    user_factory()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true)", [ANNOUNCED])
        assert cursor.fetchone()[0] in {"", None}


@pytest.mark.parametrize(
    ("method", "status", "statement", "is_looked_at"),
    [
        ("POST", 200, "UPDATE accounts_user SET last_login = now()", True),
        ("DELETE", 404, "DELETE FROM accounts_user WHERE false", True),
        ("POST", 200, "WITH gone AS (DELETE FROM accounts_user WHERE false) SELECT 1", True),
        ("GET", 401, "UPDATE accounts_session SET address = ''", True),
        ("POST", 200, "SELECT 1", False),
        ("GET", 200, "UPDATE accounts_user SET last_login = now()", False),
    ],
)
def test_a_request_that_may_have_changed_something_is_looked_at(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, method: str, status: int, statement: str, *, is_looked_at: bool
) -> None:
    asked: list[Listener] = []
    monkeypatch.setattr(confirmation, "wait_until_heard", asked.append)

    def serve(_: HttpRequest) -> HttpResponse:
        with connection.cursor() as cursor:
            cursor.execute(statement)
        return HttpResponse(status=status)

    ConfirmationMiddleware(serve)(RequestFactory().generic(method, "/"))
    assert asked == [listener] * is_looked_at


def test_a_connection_that_was_lost_with_the_answer_to_a_commit_costs_one_lease(listener: Listener) -> None:
    def fails_after_committing(_: HttpRequest) -> HttpResponse:
        user_factory()
        connection.close()
        return HttpResponse(status=503)

    started = monotonic()
    ConfirmationMiddleware(fails_after_committing)(RequestFactory().delete("/"))
    assert monotonic() - started >= LEASE_SECONDS
    assert listener.recent_peers() is not None


def test_a_forked_child_has_no_lease(listener: Listener) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0 if listener.lease.until == 0 and listener.recent_peers() is None else 1)
    assert os.waitpid(child, 0)[1] == 0
