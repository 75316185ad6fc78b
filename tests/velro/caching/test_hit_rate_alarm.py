"""A fall of the hit rate is told once, and only where there is enough to tell."""

from datetime import timedelta

import pytest
from pytest_django.fixtures import Settings

from velro.audit.models import AuditEvent
from velro.caching.hit_rate_alarm import FELL, watch_hit_rate
from velro.caching.models import CacheSample, Tier
from velro.caching.samples import TierSample, record_sample
from velro.caching.tasks import watch
from velro.database_clock import database_now

pytestmark = pytest.mark.django_db


def sample(hits: int, misses: int, *, hours_ago: int, tier: Tier = Tier.L1, process: str = "a") -> None:
    """In the middle of the hour that was full so many hours ago; 1 is the last one."""
    hour = database_now().replace(minute=30) - timedelta(hours=hours_ago)
    assert record_sample(tier, TierSample(hits, misses), process=process, at=hour)


def test_a_fall_is_recorded_once_with_what_was_before() -> None:
    sample(970, 30, hours_ago=2)
    sample(930, 70, hours_ago=20)
    sample(100, 500, hours_ago=1)
    sample(100, 300, hours_ago=1, process="b")
    watch()
    watch()
    event = AuditEvent.objects.get(name=FELL)

    assert (event.severity, event.outcome, event.actor_id) == ("warning", "failed", None)
    assert event.details["hit_rate"] == 0.2
    assert event.details["hit_rate_before"] == 0.95
    assert event.details["lookups"] == 1000


def test_a_few_lookups_prove_nothing() -> None:
    sample(970, 30, hours_ago=2)
    sample(0, 999, hours_ago=1)

    assert not watch_hit_rate()


def test_an_hour_above_the_floor_is_no_alarm() -> None:
    sample(970, 30, hours_ago=2)
    sample(500, 500, hours_ago=1)

    assert not watch_hit_rate()


def test_the_floor_is_a_setting(settings: Settings) -> None:
    sample(970, 30, hours_ago=2)
    sample(800, 200, hours_ago=1)
    assert not watch_hit_rate()
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"cache_hit_rate_floor": 0.9})

    assert watch_hit_rate()


def test_what_was_low_before_has_not_fallen() -> None:
    sample(200, 800, hours_ago=2)
    sample(300, 700, hours_ago=1)

    assert not watch_hit_rate()


def test_without_a_day_before_nothing_fell() -> None:
    sample(0, 5000, hours_ago=1)
    sample(970, 30, hours_ago=26)

    assert not watch_hit_rate()


def test_the_running_hour_and_other_tiers_are_not_looked_at() -> None:
    sample(970, 30, hours_ago=2)
    sample(970, 30, hours_ago=1)
    sample(0, 5000, hours_ago=1, tier=Tier.L2)
    sample(0, 5000, hours_ago=0)

    assert CacheSample.objects.count() == 4
    assert not watch_hit_rate()
