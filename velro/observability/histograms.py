"""How measured values spread, in little room and time: counts between fixed bounds, and percentiles read from them."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from threading import Lock


@dataclass(frozen=True)
class Distribution:
    """Values as a histogram held them. `buckets` has one count per bound, its upper one, and one beyond the last."""

    bounds: tuple[float, ...]
    buckets: tuple[int, ...]
    total: float

    @property
    def count(self) -> int:
        """How many values."""
        return sum(self.buckets)

    @property
    def mean(self) -> float:
        """Exact, but for rounding; 0 of none."""
        return self.total / self.count if self.count else 0.0

    def percentile(self, share: float) -> float:
        """What `share` of the values did not exceed, taken as evenly spread within a bucket; at most the last bound.

        0 of none.
        """
        wanted = share * self.count
        if not wanted:
            return 0.0
        totals = list(accumulate(self.buckets))
        place = bisect_left(totals, wanted)
        if place == len(self.bounds):
            return self.bounds[-1]
        below = totals[place - 1] if place else 0
        lower = self.bounds[place - 1] if place else 0.0
        return lower + (self.bounds[place] - lower) * (wanted - below) / self.buckets[place]

    def since(self, earlier: "Distribution") -> "Distribution":
        """What came after an earlier reading of the same histogram."""
        buckets = tuple(now - before for now, before in zip(self.buckets, earlier.buckets, strict=True))
        return Distribution(self.bounds, buckets, self.total - earlier.total)


class Histogram:
    """Counts values; any thread may add."""

    __slots__ = ("_bounds", "_buckets", "_lock", "_total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = tuple(bounds)
        self._buckets = [0] * (len(bounds) + 1)
        self._total = 0.0
        self._lock = Lock()

    def add(self, value: float) -> None:
        """Count one."""
        place = bisect_left(self._bounds, value)
        with self._lock:
            self._buckets[place] += 1
            self._total += value

    def read(self) -> Distribution:
        """A consistent copy."""
        with self._lock:
            return Distribution(self._bounds, tuple(self._buckets), self._total)
