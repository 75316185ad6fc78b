"""What a memory did in this process, counted where it costs no hit its speed."""

from collections.abc import Iterable
from enum import StrEnum
from threading import Lock
from typing import Final

from velro.observability.histograms import Histogram

BOUNDS_US: Final = (
    0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 7.5, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1e3, 2e3, 5e3, 1e4, 5e4,
)  # fmt: skip


class Miss(StrEnum):
    """Why something was not answered from memory."""

    ABSENT = "absent"
    CHANGED = "changed"
    EXPIRED = "expired"
    NO_LEASE = "no_lease"
    # Of what processes share only.
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"


IN_MEMORY: Final = (Miss.ABSENT, Miss.CHANGED, Miss.EXPIRED, Miss.NO_LEASE)


class Counters:
    """Misses and fills, which end in the database: a lock is nothing beside that. Times are of some of the hits."""

    def __init__(self, reasons: Iterable[Miss]) -> None:
        self._lock = Lock()
        self._misses = dict.fromkeys(reasons, 0)
        self.hits = 0
        self.fills = 0
        self.arrivals = 0
        self._bytes_filled = 0
        self.lookups = Histogram(BOUNDS_US)

    @property
    def misses(self) -> dict[str, int]:
        """By reason."""
        return {str(why): count for why, count in self._misses.items()}

    @property
    def mean_bytes(self) -> float:
        """Of an entry, about."""
        return self._bytes_filled / self.fills if self.fills else 0.0

    def count_misses(self, why: Miss, count: int) -> None:
        """So many were not known."""
        with self._lock:
            self._misses[why] += count

    def count_hits(self, count: int) -> None:
        """So many were known. A memory counts its own, without a lock."""
        with self._lock:
            self.hits += count

    def count_fill(self, size: int, *, is_new: bool) -> None:
        """So many bytes are kept, in a place of their own or in that of older ones."""
        with self._lock:
            self.fills += 1
            self.arrivals += is_new
            self._bytes_filled += size
