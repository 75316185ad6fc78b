"""Quota taken ahead is never more than there is, and never spent in another period."""

from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Final
from uuid import uuid4

import pytest
from django.conf import settings

from tests.support.valkey import own_valkey
from velro.rate_limits.leases import Lease, units_of
from velro.rate_limits.limiter import Limiter
from velro.rate_limits.limits import Charge, RateLimit
from velro.rate_limits.standing import Standing

LONG: Final = 3600


def new_limiter() -> Limiter:
    return Limiter(settings.ENVIRONMENT.redis_url)


def standing(*, remaining: int, period_left: float) -> Standing:
    return Standing(RateLimit("x", 640, LONG), True, remaining, 60, period_left)


@pytest.mark.parametrize(
    ("quota", "units"), [(1, 1), (127, 1), (128, 2), (1000, 15), (100_000, 1562), (1_000_000, 2048)]
)
def test_of_a_small_quota_nothing_is_taken_ahead(quota: int, units: int) -> None:
    assert units_of(RateLimit("x", quota, LONG)) == units


def test_processes_together_take_the_whole_quota_and_no_more() -> None:
    charge, limiters = Charge(RateLimit("x", 640, LONG), uuid4().hex), [new_limiter() for _ in range(3)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda number: limiters[number % 3].take([charge])[0].is_accepted, range(900)))

    assert sum(results) == 640


def test_what_is_left_goes_down_by_one_with_each_request() -> None:
    charge, limiter = Charge(RateLimit("x", 640, LONG), uuid4().hex), new_limiter()

    assert [limiter.take([charge])[0].remaining for _ in range(640)] == list(range(639, -1, -1))


def test_most_requests_ask_nobody() -> None:
    charge = Charge(RateLimit("x", 640, LONG), uuid4().hex)
    # Nobody else asks this one.
    with own_valkey() as valkey:
        limiter, client = Limiter(valkey.url), valkey.client
        limiter.take([charge])
        before = client.info("stats")["total_commands_processed"]
        assert all(limiter.take([charge])[0].is_accepted for _ in range(9))
        assert client.info("stats")["total_commands_processed"] - before == 1


def test_a_lease_ends_with_its_period() -> None:
    now = monotonic()
    lease = Lease(standing(remaining=5, period_left=2), units=3, asked_at=now)
    assert lease.take(now + 1.9) == (7, 59)
    assert lease.take(now + 2) is None
    assert lease.is_over(now + 2)


def test_of_two_accounts_both_are_counted_or_none() -> None:
    one, other = (Charge(RateLimit(name, 640, LONG), uuid4().hex) for name in ("x", "y"))
    limiter = new_limiter()
    limiter.take([one])
    assert limiter.take_leased(one, other) is None

    limiter.take([other])
    assert limiter.take_leased(one, other) == '"x";r=638;t=3600, "y";r=638;t=3600'
    for _ in range(units_of(other.limit) - 2):
        limiter.take([other])
    assert limiter.take_leased(one, other) is None, "nothing is left of the other"
    assert limiter.take([one])[0].remaining == 637


def test_more_is_taken_ahead_before_the_counters_have_to_be_asked() -> None:
    one, other = (Charge(RateLimit(name, 640, LONG), uuid4().hex) for name in ("x", "y"))
    limiter = new_limiter()
    limiter.take([one, other])
    # The last tenth of a quota is not taken ahead by tens.
    for turn in range(600):
        assert limiter.take_leased(one, other), turn
        wait_for_renewals(limiter)

    assert sum(limiter.take([one])[0].is_accepted for _ in range(50)) == 39, "and in sum no more than there is"


def test_what_cannot_be_taken_ahead_is_asked_for_when_it_is_needed() -> None:
    with own_valkey() as valkey:
        limiter = Limiter(valkey.url)
        one, other = (Charge(RateLimit(name, 640, LONG), uuid4().hex) for name in ("x", "y"))
        limiter.take([one, other])
        valkey.kill()
        leased = 0
        while limiter.take_leased(one, other):
            leased += 1
            wait_for_renewals(limiter)

    assert leased == units_of(one.limit) - 1
    assert limiter._stand_in is not None, "it was asked for, and told"
    assert all(standing.is_accepted for standing in limiter.take([one, other]))


def wait_for_renewals(limiter: Limiter) -> None:
    """One after the other, so what was asked for before is there."""
    limiter._beside.submit(lambda: None).result()
