"""What a load has seen so far: right answers by how long they took, and everything else by what was wrong with it."""

from array import array
from collections import Counter
from typing import Final

from tests.performance.bench.figures import Percentiles

BINS_A_MILLISECOND: Final = 100
LONGEST_SECONDS: Final = 10
BINS: Final = LONGEST_SECONDS * 1000 * BINS_A_MILLISECOND


class Tally:
    """Latencies to a hundredth of a millisecond; what takes longer than ten seconds counts as ten."""

    def __init__(self) -> None:
        self.answers = 0
        self.counted = 0
        self.errors: Counter[str] = Counter()
        self._bins = array("L", bytes(BINS * array("L").itemsize))

    def add(self, seconds: float, *, is_counted: bool) -> None:
        """One right answer."""
        self.answers += 1
        self.counted += is_counted
        self._bins[min(int(seconds * 1000 * BINS_A_MILLISECOND), BINS - 1)] += 1

    def percentiles(self) -> Percentiles:
        """In milliseconds, each the upper end of its bin; of no answers, endless."""
        return Percentiles(*(self._percentile(share) for share in (0.50, 0.95, 0.99)))

    def _percentile(self, share: float) -> float:
        wanted, seen = share * self.answers, 0
        for position, number in enumerate(self._bins if self.answers else ()):
            seen += number
            if seen >= wanted:
                return (position + 1) / BINS_A_MILLISECOND
        return float("inf")
