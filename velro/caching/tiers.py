"""The cache tiers that this process answers from. Features add theirs in `registrations.py`."""

from collections.abc import Callable, Mapping
from typing import Final

from velro.caching.figures import TierFigures
from velro.caching.models import Tier

_tiers: Final[dict[Tier, Callable[[], TierFigures]]] = {}


def add_tier(tier: Tier, read: Callable[[], TierFigures]) -> None:
    """Make a tier known. Raises ValueError if there is one already."""
    if tier in _tiers:
        raise ValueError(f"tier {tier!r} is added twice")
    _tiers[tier] = read


def read_tiers() -> Mapping[Tier, TierFigures]:
    """Each as it is now."""
    return {tier: read() for tier, read in _tiers.items()}
