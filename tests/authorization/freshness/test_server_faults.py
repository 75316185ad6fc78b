"""PostgreSQL stops, crashes, falls silent, or cannot take a change: nothing is allowed that was taken away."""

import os
import random
import signal
import socket
import sys
from collections.abc import Callable, Generator
from threading import Thread
from time import monotonic, sleep
from typing import Final, TypeVar

import psycopg
import pytest
from django.db import Error, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from psycopg.errors import ProgramLimitExceeded
from pytest_django import DjangoDbBlocker

from authorization.freshness.announcements import CHANNEL
from authorization.freshness.confirmation import ConfirmationMiddleware
from authorization.freshness.listener import LISTENER, LONGEST_LEASE_SECONDS, _connect
from teams.models import Membership
from tests.authorization.freshness.conftest import eventually
from tests.authorization.freshness.histories import CHANGES, IS_LONG, Cast, Span, a_cast, faults
from tests.authorization.freshness.own_server import OwnServer, own_server
from tests.authorization.freshness.processes import (
    Reader,
    answers,
    database_address,
    definite_answers,
    known_to_all,
    readers,
    revoker,
)
from tests.authorization.freshness.relay import relay
from tests.authorization.freshness.worlds import World, by_team, owned
from velro.database_clock import database_now
from velro.embedded.state import StateDirectory

Answer = TypeVar("Answer")
STOPS: Final = {"fast": signal.SIGINT, "immediate": signal.SIGQUIT, "killed": signal.SIGKILL}
ROUND_SECONDS: Final = 4.0
RESTARTS: Final = 60 if IS_LONG else 2
# A server that recovers from a crash takes longer.
KILLS: Final = {"process": 300 if IS_LONG else 10, "backend": 60 if IS_LONG else 3}
TCP_USER_TIMEOUT: Final = socket.TCP_USER_TIMEOUT if sys.platform == "linux" else 0


@pytest.fixture(scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Generator[OwnServer]:
    state = StateDirectory.open(tmp_path_factory.mktemp("server"))
    with django_db_blocker.unblock(), own_server(state) as server:
        LISTENER.start()
        yield server
        LISTENER.stop()


@pytest.fixture
def server(_server: OwnServer) -> OwnServer:
    """One that runs, on which this process listens."""
    if not _server.is_running:
        _server.start()
    ask_database(database_now)
    assert eventually(lambda: LISTENER.recent_peers() is not None)
    return _server


@pytest.fixture(scope="module")
def _others(_server: OwnServer) -> Generator[list[Reader]]:
    with readers(2) as others:
        yield others


@pytest.fixture
def others(server: OwnServer, _others: list[Reader]) -> list[Reader]:  # noqa: ARG001 - runs
    """Processes that decide from memory, on that server; they live through all that it does."""
    return _others


def ask_database(question: Callable[[], Answer]) -> Answer:
    """Once there is one that answers."""
    answered: list[Answer] = []

    def is_answered() -> bool:
        try:
            answered.append(question())
        except Error:
            connection.close()
        return bool(answered)

    assert eventually(is_answered)
    return answered[0]


def two_worlds() -> tuple[World, World]:
    """One that will be taken away, and one that stays."""
    with transaction.atomic():
        return by_team(), owned()


def leave(world: World) -> None:
    with transaction.atomic():
        Membership.objects.filter(user=world.person).delete()


def request(change: Callable[[], object]) -> int:
    """Send one that makes this change; returns its status when it is answered."""

    def serve(_: HttpRequest) -> HttpResponse:
        try:
            change()
        except Error:
            return HttpResponse(status=503)
        return HttpResponse()

    return ConfirmationMiddleware(serve)(RequestFactory().post("/")).status_code


@pytest.mark.parametrize("how", STOPS)
def test_what_was_taken_away_just_before_the_server_stopped_stays_so(
    server: OwnServer, others: list[Reader], how: str
) -> None:
    taken, kept = two_worlds()
    known_to_all(taken, others)
    known_to_all(kept, others)

    def leave_and_stop() -> None:
        leave(taken)
        server.stop(STOPS[how])

    request(leave_and_stop)
    assert answers(taken, others) == [None, None]
    assert answers(kept, others) == [None, None], "without a server there is no lease"
    server.start()
    known_to_all(kept, others)
    assert answers(taken, others) == [False, False]


def test_what_was_taken_away_before_anybody_listened_again_is_not_remembered(
    server: OwnServer, others: list[Reader]
) -> None:
    taken, kept = two_worlds()
    known_to_all(taken, others)
    known_to_all(kept, others)
    for other in others:
        other.stop()
    try:
        server.stop(signal.SIGINT)
        server.start()
        ask_database(database_now)
        assert request(lambda: leave(taken)) == 200
    finally:
        for other in others:
            other.go_on()
    known_to_all(kept, others)
    assert answers(taken, others) == [False, False]


def change_until(until: float, cast: Cast, chance: random.Random, spans: list[Span]) -> None:
    """One after the other, whether or not there is a server. What became of each is what the database says later."""

    def change() -> None:
        with transaction.atomic():
            chance.choice(CHANGES)(cast, chance)

    while monotonic() < until:
        began = monotonic()
        request(change)
        answered = monotonic()
        spans.append(Span(began, answered, ask_database(cast.allowed)))
    connection.close()


def test_no_answer_is_out_of_date_while_the_server_is_restarted(server: OwnServer, others: list[Reader]) -> None:
    chance = random.Random(20_261_122)  # noqa: S311 - no secret
    with transaction.atomic():
        cast = a_cast()
    for other in others:
        other.say("pairs", *(word for pair in cast.pairs for word in pair))
    hits = 0
    for _ in range(RESTARTS):
        now = monotonic()
        spans, until = [Span(now, now, cast.allowed())], now + ROUND_SECONDS
        for other in others:
            other.say("until", until)
        changing = Thread(target=change_until, args=(until, cast, chance, spans))
        changing.start()
        sleep(1 + chance.random())
        server.stop(chance.choice(list(STOPS.values())))
        server.start()
        changing.join()
        checks = [check for other in others for check in other.hear()]
        assert faults(checks, spans) == []
        hits += sum(is_hit for _, (_, _, is_hit, _) in checks)
        ask_database(database_now)
    assert hits


@pytest.mark.parametrize("victim", KILLS)
def test_a_change_that_was_killed_before_its_answer_is_whole_or_not_at_all(others: list[Reader], victim: str) -> None:
    """Killed a little earlier or later each time, so that it is about the moment of the COMMIT."""
    outcomes: list[bool] = []
    delay = 0.004
    while len(outcomes) < KILLS[victim] or len(set(outcomes)) < 2:
        with transaction.atomic():
            world = by_team()
        known_to_all(world, others)
        with revoker(world) as it:
            it.begin()
            sleep(delay)
            it.kill(victim)
            sleep(LONGEST_LEASE_SECONDS)
        is_member = ask_database(Membership.objects.filter(user=world.person).exists)
        assert definite_answers(world, others) == [is_member, is_member]
        delay *= 2 if is_member else 0.6
        outcomes.append(is_member)


@pytest.mark.parametrize("is_told", [False, True], ids=["nobody is told", "both sides are told later"])
def test_a_connection_that_falls_silent_gives_no_lease_and_is_replaced(server: OwnServer, *, is_told: bool) -> None:
    taken, kept = two_worlds()
    with relay(server_port=server.port) as between, readers(1, port=between.port) as (other,):
        known_to_all(taken, [other])
        known_to_all(kept, [other])
        silenced = between.silence_listeners()
        assert request(lambda: leave(taken)) == 200
        assert other.allows(taken.person.id, taken.generation.id) == (False, False)
        assert other.allows(kept.person.id, kept.generation.id) == (True, False)
        if is_told:
            for link in silenced:
                link.cut()
        known_to_all(kept, [other])
        assert answers(taken, [other]) == [False]


@pytest.mark.usefixtures("server")
def test_a_network_that_loses_packets_is_noticed_in_seconds() -> None:
    with _connect() as own, socket.socket(fileno=os.dup(own.fileno())) as connected:
        assert connected.getsockopt(socket.IPPROTO_TCP, TCP_USER_TIMEOUT) == 2000


def fill(noisy: psycopg.Connection) -> None:
    """With announcements, as long as there is room. Raises ProgramLimitExceeded."""
    while True:
        noisy.execute("SELECT pg_notify('noise', repeat('x', 7900))")


def test_a_change_that_cannot_be_announced_is_not_made(others: list[Reader]) -> None:
    """Who listens and reads nothing, for long enough, fills the room for announcements."""
    world, _ = two_worlds()
    address = database_address()
    known_to_all(world, others)
    with psycopg.connect(address, autocommit=True) as deaf, psycopg.connect(address, autocommit=True) as noisy:
        deaf.execute(f"LISTEN {CHANNEL}")
        deaf.execute("BEGIN")
        with pytest.raises(ProgramLimitExceeded):
            fill(noisy)
        with pytest.raises(OperationalError) as refused:
            leave(world)
        assert isinstance(refused.value.__cause__, ProgramLimitExceeded)
        assert request(lambda: leave(world)) == 503
        assert answers(world, others) == [True, True]
        deaf.execute("ROLLBACK")
        assert eventually(lambda: request(lambda: leave(world)) == 200)
        assert answers(world, others) == [False, False]
