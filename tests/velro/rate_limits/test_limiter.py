"""Requests are counted once for all processes, and counted here while Valkey is away."""

import socket
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.conf import settings
from redis import Redis
from structlog.testing import capture_logs

from velro.rate_limits.limiter import Limiter
from velro.rate_limits.limits import Charge, RateLimit

LONG = 3600


def account() -> str:
    return uuid4().hex


def accepted(limiter: Limiter, charge: Charge, times: int) -> list[bool]:
    return [limiter.take([charge])[0].is_accepted for _ in range(times)]


@pytest.fixture
def limiter() -> Limiter:
    return Limiter(settings.ENVIRONMENT.redis_url)


@pytest.fixture
def dead_address() -> str:
    """Where nobody listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


def test_the_quota_can_be_used_and_no_more(limiter: Limiter) -> None:
    charge = Charge(RateLimit("x", 3, LONG), account())

    assert accepted(limiter, charge, 5) == [True, True, True, False, False]


def test_what_is_left_goes_down_and_the_wait_is_within_the_window(limiter: Limiter) -> None:
    charge = Charge(RateLimit("x", 2, LONG), account())

    standings = [limiter.take([charge])[0] for _ in range(3)]

    assert [standing.remaining for standing in standings] == [1, 0, 0]
    assert all(LONG - 60 <= standing.reset <= LONG + 1 for standing in standings)


def test_accounts_limits_and_quotas_are_counted_apart(limiter: Limiter) -> None:
    mine, name = account(), "x"
    charges = [
        Charge(RateLimit(name, 1, LONG), mine),
        Charge(RateLimit(name, 1, LONG), account()),
        Charge(RateLimit("y", 1, LONG), mine),
        Charge(RateLimit(name, 2, LONG), mine),
    ]

    assert all(standing.is_accepted for standing in limiter.take(charges))


def test_processes_count_together(limiter: Limiter) -> None:
    charge, other = Charge(RateLimit("x", 20, LONG), account()), Limiter(settings.ENVIRONMENT.redis_url)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda number: (limiter, other)[number % 2].take([charge])[0].is_accepted, range(60)))

    assert sum(results) == 20


def test_a_server_that_forgot_the_scripts_gets_them_again(limiter: Limiter) -> None:
    charge = Charge(RateLimit("x", 2, LONG), account())
    Redis.from_url(settings.ENVIRONMENT.redis_url).script_flush()

    assert accepted(limiter, charge, 3) == [True, True, False]


def test_without_valkey_requests_are_counted_in_the_process_and_it_is_said_once(dead_address: str) -> None:
    charge = Charge(RateLimit("x", 3, LONG), account())
    with capture_logs() as logs:
        assert accepted(Limiter(dead_address), charge, 5) == [True, True, True, False, False]

    assert [(line["event"], line["log_level"]) for line in logs] == [("rate_limits_without_valkey", "critical")]


def test_a_server_that_hangs_is_waited_for_once() -> None:
    charge = Charge(RateLimit("x", 100, LONG), account())
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        limiter = Limiter(f"redis://127.0.0.1:{deaf.getsockname()[1]}/0", pause=LONG)
        assert accepted(limiter, charge, 3) == [True] * 3
        deaf.settimeout(1)
        deaf.accept()[0].close()
        deaf.setblocking(False)
        with pytest.raises(BlockingIOError):
            deaf.accept()


def test_after_the_outage_valkey_counts_again(dead_address: str) -> None:
    limiter, charge = Limiter(dead_address, pause=0), Charge(RateLimit("x", 1, LONG), account())
    assert accepted(limiter, charge, 2) == [True, False]

    limiter._counters = Limiter(settings.ENVIRONMENT.redis_url)._counters
    with capture_logs() as logs:
        assert accepted(limiter, charge, 2) == [True, False]

    assert [line["event"] for line in logs] == ["rate_limits_with_valkey_again"]


def test_something_is_said_once_in_a_while(limiter: Limiter) -> None:
    mine = account()

    assert [limiter.is_first("said", mine, within=LONG) for _ in range(3)] == [True, False, False]
