"""Where a caller stands under a limit, and how the RateLimit headers say so (draft-ietf-httpapi-ratelimit-headers)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil, floor
from typing import Final

from velro.rate_limits.limits import RateLimit

POLICY: Final = "RateLimit-Policy"
STANDING: Final = "RateLimit"


@dataclass(frozen=True, slots=True)
class Window:
    """A sliding window as it is stored: requests counted in the previous and the running period.

    `previous_left` and `current_left` are the seconds until the two periods stop to count and to run.
    """

    previous: int
    previous_left: float
    current: int
    current_left: float

    def count(self, length: int) -> int:
        """Requests within the last `length` seconds, taking those of the previous period as evenly spread."""
        return floor(self.previous * self.previous_left / length) + self.current


@dataclass(frozen=True, slots=True)
class Standing:
    """What is left after a request was counted.

    `reset` is in whole seconds: until the running period ends or, with nothing left, until the next request fits.
    `period_left` is in seconds: until what was counted stands with the previous period.
    """

    limit: RateLimit
    is_accepted: bool
    remaining: int
    reset: int
    period_left: float = field(default=0.0, compare=False)


def standing_of(limit: RateLimit, window: Window, *, is_accepted: bool) -> Standing:
    """The counters, read after the request was counted or refused."""
    remaining = max(0, limit.quota - window.count(limit.window)) if is_accepted else 0
    wait = window.current_left if remaining else seconds_until_free(limit, window)
    return Standing(limit, is_accepted, remaining, max(1, ceil(wait)), window.current_left)


def seconds_until_free(limit: RateLimit, window: Window) -> float:
    """When one more request fits, if none comes in between."""
    free_of_current = limit.quota - window.current
    if free_of_current > 0:
        return max(0.0, window.previous_left - free_of_current * limit.window / max(window.previous, 1))
    return window.current_left + limit.window * (1 - limit.quota / max(window.current, 1))


def rate_limit_headers(standings: Iterable[Standing]) -> Mapping[str, str]:
    """`RateLimit-Policy` and `RateLimit`, lists of structured fields with an entry for each limit; empty for none."""
    shown = tuple(standings)
    if not shown:
        return {}
    return {
        POLICY: ", ".join(one.limit.policy for one in shown),
        STANDING: ", ".join(one.limit.standing(one.remaining, one.reset) for one in shown),
    }
