"""What a cache tier says of itself in this process."""

from collections.abc import Mapping
from dataclasses import dataclass

from velro.observability.histograms import Distribution


@dataclass(frozen=True, slots=True)
class TierFigures:
    """Since the process started; `entries` and the approximate `bytes` are those of this moment.

    `misses` are by their reason, all reasons named. `lookups` are in microseconds, and may be of some look-ups only.
    """

    hits: int
    misses: Mapping[str, int]
    fills: int
    evictions: int
    entries: int
    bytes: int
    lookups: Distribution

    @property
    def missed(self) -> int:
        """For whatever reason."""
        return sum(self.misses.values())

    @property
    def hit_rate(self) -> float | None:
        """Between 0 and 1; None before the first look-up."""
        asked = self.hits + self.missed
        return self.hits / asked if asked else None
