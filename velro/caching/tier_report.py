"""What operators see of the cache tiers, hour by hour."""

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from velro.admin_columns import moment
from velro.caching.cache_performance import CACHE_PERFORMANCE
from velro.caching.models import Tier
from velro.caching.reports import Report

NEWEST_HOURS: Final = """
SELECT hour, tier, hits, misses, hit_rate, fills, evictions, most_entries, most_bytes, lookup_p50_us, lookup_p95_us
  FROM mv_cache_performance_analytics ORDER BY hour DESC, tier LIMIT 72
"""
MEGABYTE: Final = 1_000_000


def read_newest_hours() -> Sequence[Sequence[Any]]:
    """One statement, by the index on hours."""
    with connection.cursor() as cursor:
        cursor.execute(NEWEST_HOURS)
        return [
            [
                moment(hour),
                Tier(tier).label,
                f"{hits:,}",
                f"{misses:,}",
                "-" if hit_rate is None else f"{hit_rate:.1%}",
                *(f"{count:,}" for count in counts),
                f"{size / MEGABYTE:,.1f}",
                *("-" if value is None else f"{value:,.1f}" for value in times),
            ]
            for hour, tier, hits, misses, hit_rate, *counts, size, p50, p95 in cursor.fetchall()
            for times in [(p50, p95)]
        ]


TIER_REPORT: Final = Report(
    CACHE_PERFORMANCE,
    "Tiers, by hour",
    ["Hour", "Tier", "Hits", "Misses", "Hit rate", "Fills", "Evictions", "Entries", "MB", "p50 us", "p95 us"],
    read_newest_hours,
)
