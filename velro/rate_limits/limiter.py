"""Takes requests off the quotas of callers, whether or not Valkey is there."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from threading import Lock
from time import monotonic

import structlog
from django.conf import settings
from limits.storage import MemoryStorage
from redis.exceptions import RedisError

from velro.rate_limits.leases import Leases, units_of
from velro.rate_limits.limits import Charge, RateLimit
from velro.rate_limits.standing import Standing, Window, standing_of
from velro.rate_limits.valkey_counters import ValkeyCounters

log = structlog.get_logger(__name__)

SECONDS_BETWEEN_TRIES = 5.0


class Limiter:
    """One per process.

    While Valkey does not answer, requests are counted in the process: nobody is refused for our outage, and a flood
    still meets a limit, in each process its own. An outage costs a request at most one time-out; then nobody asks
    again for some seconds, after which one request tries and the others do not wait for it.
    """

    def __init__(self, address: str, *, pause: float = SECONDS_BETWEEN_TRIES) -> None:
        self._counters = ValkeyCounters(address)
        self._leases = Leases()
        self._beside = ThreadPoolExecutor(1, thread_name_prefix="quota-renewal")
        self._pause = pause
        self._lock = Lock()
        self._stand_in: MemoryStorage | None = None
        self._asked_again_at = 0.0

    def take(self, charges: Sequence[Charge]) -> tuple[Standing, ...]:
        """Count one request under each of the charges, whatever becomes of it. Never raises for an outage."""
        taken = [self._leases.take(charge.key) for charge in charges]
        missing = [charge for charge, standing in zip(charges, taken, strict=True) if standing is None]
        counted = iter(self._count(missing)) if missing else None
        return tuple(standing or next(counted) for standing in taken) if counted else tuple(filter(None, taken))

    def has_leased(self, charge: Charge) -> bool:
        """Whether the next request under this charge will be accepted without asking the counters. Counts nothing."""
        return self._leases.has(charge.key)

    def take_leased(self, one: Charge, other: Charge) -> str | None:
        """Count one request under both charges, if both were leased: the header RateLimit that it gets.

        None, and no request is counted, where the counters have to be asked. Before it comes to that, they are asked
        for more beside the requests.
        """
        standing = self._leases.take_pair(one.key, other.key)
        if self._leases.running_out:
            self._renew_some((one, other))
        return standing

    def _renew_some(self, charges: Sequence[Charge]) -> None:
        """Those of the charges that run out."""
        for charge in charges:
            if self._leases.running_out.pop(charge.key, False):
                self._beside.submit(self._renew, charge)

    def _renew(self, charge: Charge) -> None:
        """What cannot be had is not asked for again: the next request that needs it will hear why."""
        if self._stand_in is not None:
            return
        asked_at, units = monotonic(), units_of(charge.limit)
        try:
            (standing,) = self._counters.take([charge], units=[units])
        except (RedisError, OSError) as error:
            self._begin_outage(error)
        else:
            if standing.is_accepted:
                self._leases.keep(charge.key, standing, units=units, asked_at=asked_at)

    def _count(self, charges: Sequence[Charge]) -> tuple[Standing, ...]:
        stand_in = self._stand_in
        if stand_in is not None and not self._may_try():
            return take_in_process(stand_in, charges)
        try:
            standings = tuple(self._lease(charges))
        except (RedisError, OSError) as error:
            return take_in_process(self._begin_outage(error), charges)
        if stand_in is not None:
            self._end_outage()
        return standings

    def _lease(self, charges: Sequence[Charge]) -> Iterable[Standing]:
        """Count several requests of a large quota and leave to the next ones what this one does not need."""
        asked_at, units = monotonic(), [units_of(charge.limit) for charge in charges]
        for charge, amount, standing in zip(charges, units, self._counters.take(charges, units=units), strict=True):
            if amount == 1:
                yield standing
            elif standing.is_accepted:
                self._leases.keep(charge.key, standing, units=amount - 1, asked_at=asked_at)
                yield replace(standing, remaining=standing.remaining + amount - 1)
            else:
                yield from self._counters.take([charge], units=[1])

    def is_first(self, name: str, account: str, *, within: int) -> bool:
        """True once in so many seconds, for what is worth saying but not with every request."""
        return self.take([Charge(RateLimit(name, 1, within), account)])[0].is_accepted

    def _may_try(self) -> bool:
        with self._lock:
            if monotonic() < self._asked_again_at:
                return False
            self._asked_again_at = monotonic() + self._pause
            return True

    def _begin_outage(self, error: Exception) -> MemoryStorage:
        with self._lock:
            self._asked_again_at = monotonic() + self._pause
            if self._stand_in is None:
                log.critical("rate_limits_without_valkey", error=type(error).__name__)
                self._stand_in = MemoryStorage()
            return self._stand_in

    def _end_outage(self) -> None:
        with self._lock:
            if self._stand_in is not None:
                log.warning("rate_limits_with_valkey_again")
                self._stand_in = None


def take_in_process(counters: MemoryStorage, charges: Sequence[Charge]) -> tuple[Standing, ...]:
    """The same counting in the memory of this process."""
    return tuple(_take_one(counters, charge) for charge in charges)


def _take_one(counters: MemoryStorage, charge: Charge) -> Standing:
    key, limit = charge.key, charge.limit
    is_accepted = counters.acquire_sliding_window_entry(key, limit.quota, limit.window)
    previous, previous_left, current, current_left = counters.get_sliding_window(key, limit.window)
    window = Window(previous, previous_left, current, current_left - limit.window)
    return standing_of(limit, window, is_accepted=is_accepted)


@cache
def limiter() -> Limiter:
    """The limiter of this process."""
    return Limiter(settings.ENVIRONMENT.redis_url)
