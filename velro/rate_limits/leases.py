"""Quota taken ahead for this process: of a large quota a request takes some more than one, and the next cost nothing.

What is leased was counted for all, so that all processes together stay under the limit. It is spent in the period in
which it was counted or not at all.
"""

from math import ceil
from threading import Lock
from time import monotonic
from typing import Final

from cachebox import LRUCache

from velro.rate_limits.limits import RateLimit
from velro.rate_limits.standing import Standing

MOST_LEASES: Final = 40_000
# What a process leaves unspent is lost for the others, so it is little of the quota.
LARGEST_SHARE: Final = 64
MOST_UNITS: Final = 2_048
# When the last of so many parts is begun, it is time to ask for more.
PARTS: Final = 4


class Lease:
    """Some `units` of one account: things in a list, because of those no two threads take the same.

    It is running out once it comes down to a `few`: what is left of it while more is asked for.
    """

    __slots__ = ("_remaining", "_reset_at", "_until", "few", "limit", "units")

    def __init__(self, standing: Standing, *, units: int, asked_at: float) -> None:
        self.limit = standing.limit
        self._remaining = standing.remaining
        self._until = asked_at + standing.period_left
        self._reset_at = asked_at + standing.reset
        self.units = [None] * units
        self.few = units // PARTS

    def has_units(self, now: float) -> bool:
        """Whether a request can be counted."""
        return now < self._until and bool(self.units)

    def is_over(self, now: float) -> bool:
        """Whether its period has passed."""
        return now >= self._until

    def add(self, standing: Standing, *, units: int) -> None:
        """More of the same: another request was counted together with these, maybe in the period after."""
        self._remaining = min(self._remaining, standing.remaining)
        self.units.extend([None] * units)

    def take(self, now: float) -> tuple[int, int] | None:
        """Count one request: what remains, and the seconds until more does. None when there is nothing left."""
        units = self.units
        if now >= self._until:
            return None
        try:
            units.pop()
        except IndexError:
            return None
        wait = ceil(self._reset_at - now)
        return self._remaining + len(units), wait if wait > 0 else 1

    def give_back(self) -> None:
        """What was taken for a request that is counted otherwise."""
        self.units.append(None)


class Leases:
    """Of all accounts that come to this process; those that came last, if there are too many."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._leases: LRUCache[str, Lease] = LRUCache(MOST_LEASES)
        # Keys of those that run out, until somebody takes one to see to it.
        self.running_out: dict[str, bool] = {}

    def has(self, key: str) -> bool:
        """Whether a request of the account can be counted here."""
        lease: Lease | None = self._leases.get(key)
        return lease is not None and lease.has_units(monotonic())

    def take(self, key: str) -> Standing | None:
        """Count one request of the account, if that is possible here."""
        lease: Lease | None = self._leases.get(key)
        taken = lease.take(monotonic()) if lease else None
        return Standing(lease.limit, True, *taken) if lease and taken else None

    def take_pair(self, one: str, other: str) -> str | None:
        """Count one request of both accounts: the header that says where they stand. Or None, and no request."""
        now = monotonic()
        first: Lease | None = self._leases.get(one)
        second: Lease | None = self._leases.get(other)
        if first is None or second is None or (left := first.take(now)) is None:
            return None
        if (right := second.take(now)) is None:
            first.give_back()
            return None
        if len(first.units) == first.few:
            self.running_out[one] = True
        if len(second.units) == second.few:
            self.running_out[other] = True
        return f"{first.limit.standing_form % left}, {second.limit.standing_form % right}"

    def keep(self, key: str, standing: Standing, *, units: int, asked_at: float) -> None:
        """So many more than the one that was counted were accepted."""
        with self._lock:
            lease: Lease | None = self._leases.get(key)
            if lease is None or lease.is_over(asked_at):
                self._leases[key] = Lease(standing, units=units, asked_at=asked_at)
            else:
                lease.add(standing, units=units)


def units_of(limit: RateLimit) -> int:
    """How many requests to take at once: one, of a small quota."""
    return max(1, min(limit.quota // LARGEST_SHARE, MOST_UNITS))
