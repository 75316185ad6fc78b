"""What processes flush about their caches is kept once, added up by tier and hour, and forgotten after 30 days."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from velro.caching.cache_performance import CACHE_PERFORMANCE
from velro.caching.models import CacheSample, Tier
from velro.caching.refresh import refresh_view
from velro.caching.samples import TierSample, record_sample
from velro.caching.tasks import purge

pytestmark = pytest.mark.django_db

ONE_O_CLOCK = datetime(2026, 3, 1, 13, 0, tzinfo=UTC)


def hours() -> dict[tuple[str, int], tuple[Any, ...]]:
    refresh_view(CACHE_PERFORMANCE)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tier, hour, hits, misses, hit_rate, fills, evictions, most_entries, most_bytes, lookup_p50_us,"
            " lookup_p95_us FROM mv_cache_performance_analytics"
        )
        return {(tier, hour.hour): tuple(figures) for tier, hour, *figures in cursor.fetchall()}


def test_a_minute_of_a_process_is_kept_once() -> None:
    at = ONE_O_CLOCK.replace(second=59, microsecond=7)
    assert record_sample(Tier.L1, TierSample(hits=3, misses=1), process="a", at=at)
    assert not record_sample(Tier.L1, TierSample(hits=9, misses=9), process="a", at=ONE_O_CLOCK)
    assert record_sample(Tier.L2, TierSample(hits=9, misses=9), process="a", at=ONE_O_CLOCK)
    assert record_sample(Tier.L1, TierSample(hits=9, misses=9), process="b", at=ONE_O_CLOCK)
    sample = CacheSample.objects.get(tier=Tier.L1, process="a")
    assert (sample.minute, sample.hits, sample.misses) == (ONE_O_CLOCK, 3, 1)


def test_processes_and_minutes_are_added_up() -> None:
    next_minute = ONE_O_CLOCK + timedelta(minutes=59)
    first = TierSample(90, 10, fills=10, evictions=1, entries=5, bytes=500, lookup_p50_us=2, lookup_p95_us=9)
    second = TierSample(100, 100, fills=7, evictions=2, entries=6, bytes=600, lookup_p50_us=5, lookup_p95_us=8)
    record_sample(Tier.L1, first, process="a", at=ONE_O_CLOCK)
    record_sample(Tier.L1, second, process="b", at=ONE_O_CLOCK)
    record_sample(Tier.L1, TierSample(0, 0, entries=3, bytes=700), process="a", at=next_minute)
    record_sample(Tier.L2, TierSample(0, 0), process="a", at=ONE_O_CLOCK)
    record_sample(Tier.L1, TierSample(1, 0), process="a", at=ONE_O_CLOCK + timedelta(hours=1))

    found = hours()
    assert found.keys() == {("l1", 13), ("l1", 14), ("l2", 13)}
    assert found["l1", 13] == (190, 110, pytest.approx(190 / 300), 17, 3, 11, 1100, pytest.approx(4.0), 9)
    assert found["l2", 13] == (0, 0, None, 0, 0, 0, 0, None, None)
    assert found["l1", 14][2] == 1


def test_old_samples_go() -> None:
    now = timezone.now()
    for days in (29, 31):
        record_sample(Tier.L3, TierSample(1, 1), process="a", at=now - timedelta(days=days))
    purge()
    assert CacheSample.objects.get().minute > now - timedelta(days=30)
