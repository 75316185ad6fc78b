"""Tells operators when memory answers much less than it did. Decisions are then as right as ever, and slower."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db.models import Sum

from velro.audit.models import AuditEvent, Outcome, Severity
from velro.audit.services import record_event
from velro.caching.models import CacheSample, Tier
from velro.database_clock import database_now

log = structlog.get_logger(__name__)

FELL: Final = "cache.hit_rate_fell"
FEWEST_LOOKUPS: Final = 1_000
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


def watch_hit_rate() -> bool:
    """Record that L1 answered too little in the last full hour. Returns whether it did so now.

    Too little is less than CACHE_HIT_RATE_FLOOR, and less than on average in the day before that hour. An hour is
    recorded once, however often this is asked.
    """
    ended = database_now().replace(minute=0, second=0, microsecond=0)
    started = ended - HOUR
    (rate, lookups), (rate_before, _) = _hit_rate(started, ended), _hit_rate(started - DAY, started)
    if rate is None or rate_before is None or lookups < FEWEST_LOOKUPS:
        return False
    if rate >= min(rate_before, settings.ENVIRONMENT.cache_hit_rate_floor) or _is_recorded(started, ended):
        return False
    details = {"hour": started.isoformat(), "hit_rate": rate, "hit_rate_before": rate_before, "lookups": lookups}
    log.warning("cache_hit_rate_fell", **details)
    record_event(FELL, outcome=Outcome.FAILED, severity=Severity.WARNING, details=details)
    return True


def _hit_rate(start: datetime, end: datetime) -> tuple[float | None, int]:
    """Of all processes from `start` until before `end`, with the number of look-ups; None of none."""
    samples = CacheSample.objects.filter(tier=Tier.L1, minute__gte=start, minute__lt=end)
    sums = samples.aggregate(hits=Sum("hits", default=0), misses=Sum("misses", default=0))
    lookups = int(sums["hits"] + sums["misses"])
    return (round(sums["hits"] / lookups, 4) if lookups else None), lookups


def _is_recorded(started: datetime, ended: datetime) -> bool:
    return AuditEvent.objects.filter(name=FELL, at__gte=ended, details__hour=started.isoformat()).exists()
