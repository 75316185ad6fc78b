"""Each process stores what its tiers did since it last could, and a database that is away hurts nobody."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from tests.authorization.freshness.conftest import eventually
from velro.caching import tiers
from velro.caching.figures import TierFigures
from velro.caching.models import CacheSample, Tier
from velro.caching.sampling import Sampler, process_name
from velro.observability.histograms import Histogram
from velro.recurring import Recurring

pytestmark = pytest.mark.django_db


class Figures:
    """What a tier says, at will."""

    def __init__(self) -> None:
        self.hits = self.absent = self.fills = 0
        self.times = Histogram((1.0, 10.0, 100.0))

    def __call__(self) -> TierFigures:
        return TierFigures(self.hits, {"absent": self.absent}, self.fills, 0, 7, 700, self.times.read())


@pytest.fixture
def tier(monkeypatch: pytest.MonkeyPatch) -> Figures:
    figures = Figures()
    monkeypatch.setattr(tiers, "_tiers", {})
    tiers.add_tier(Tier.L1, figures)
    return figures


def let_a_minute_pass() -> None:
    for sample in CacheSample.objects.all():
        CacheSample.objects.filter(pk=sample.pk).update(minute=sample.minute - timedelta(minutes=1))


def samples() -> list[tuple[int, int, int]]:
    return list(CacheSample.objects.order_by("minute").values_list("hits", "misses", "fills"))


def test_a_sample_is_of_what_came_since_the_last(tier: Figures) -> None:
    sampler = Sampler()
    tier.hits, tier.absent, tier.fills = 10, 2, 2
    tier.times.add(500.0)
    sampler.store()
    let_a_minute_pass()
    tier.hits, tier.absent = 15, 3
    tier.times.add(0.5)
    sampler.store()
    latest = CacheSample.objects.latest("minute")

    assert samples() == [(10, 2, 2), (5, 1, 0)]
    assert (latest.process, latest.entries, latest.bytes) == (process_name(), 7, 700)
    assert latest.lookup_p95_us is not None
    assert latest.lookup_p95_us <= 1.0


def test_a_second_sample_of_a_minute_becomes_part_of_the_next(tier: Figures) -> None:
    sampler, started = Sampler(), timezone.now()
    tier.hits = 10
    sampler.store()
    tier.hits = 15
    sampler.store()
    is_one_minute = timezone.now().minute == started.minute
    let_a_minute_pass()
    sampler.store()

    assert sum(hits for hits, _, _ in samples()) == 15
    assert samples()[0] == (10, 0, 0) or not is_one_minute


@pytest.mark.django_db(transaction=True)
def test_what_could_not_be_stored_is_part_of_the_next(tier: Figures) -> None:
    sampler = Sampler()
    tier.hits = 10
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE caching_cachesample RENAME TO away")
        try:
            sampler.store()
        finally:
            cursor.execute("ALTER TABLE away RENAME TO caching_cachesample")
    tier.hits = 12
    sampler.store()

    assert samples() == [(12, 0, 0)]


@pytest.mark.django_db(transaction=True)
def test_the_thread_stores_and_ends(tier: Figures, request: pytest.FixtureRequest) -> None:
    tier.hits = 3
    sampling = Recurring("cache-samples", Sampler().store, seconds=lambda: 0.01)
    request.addfinalizer(sampling.stop)
    sampling.start()

    assert eventually(CacheSample.objects.exists)
    sampling.stop()
    assert CacheSample.objects.order_by("minute")[0].hits == 3


def test_a_tier_is_added_once(tier: Callable[[], TierFigures]) -> None:
    with pytest.raises(ValueError, match="twice"):
        tiers.add_tier(Tier.L1, tier)
