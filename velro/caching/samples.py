"""Statistics of the cache tiers, flushed by each process once a minute."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db.models import DateTimeField, ExpressionWrapper, Value
from django.db.models.functions import Now

from velro.caching.models import CacheSample, Tier

KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class TierSample:
    """What happened in a minute, and what was held at its end. Look-ups are in microseconds; None for none."""

    hits: int
    misses: int
    fills: int = 0
    evictions: int = 0
    entries: int = 0
    bytes: int = 0
    lookup_p50_us: float | None = None
    lookup_p95_us: float | None = None


def record_sample(tier: Tier, sample: TierSample, *, process: str, at: datetime) -> bool:
    """Store what `process` did in the minute of `at`. False, and nothing changes, when that is there already.

    One process has one name among all that run at the same time, such as host and process id.
    """
    minute = at.replace(second=0, microsecond=0)
    row = CacheSample(tier=tier, minute=minute, process=process, **asdict(sample))
    CacheSample.objects.bulk_create([row], ignore_conflicts=True)
    return CacheSample.objects.filter(pk=row.pk).exists()


def purge_samples() -> int:
    """Delete samples older than 30 days. Returns how many."""
    oldest = ExpressionWrapper(Now() - Value(KEPT), output_field=DateTimeField())
    deleted, _ = CacheSample.objects.filter(minute__lt=oldest).delete()
    return deleted
