"""Stores once a minute what the cache tiers of this process did, beside the requests and never in their way."""

import os
import socket
from typing import Final

import structlog
from django.db import Error
from django.utils import timezone

from velro.caching.figures import TierFigures
from velro.caching.models import LONGEST_PROCESS, Tier
from velro.caching.samples import TierSample, record_sample
from velro.caching.tiers import read_tiers
from velro.recurring import Recurring

log = structlog.get_logger(__name__)

SECONDS_BETWEEN_SAMPLES: Final = 60.0


class Sampler:
    """What could not be stored is part of the next sample."""

    def __init__(self) -> None:
        self._stored: dict[Tier, TierFigures] = {}

    def store(self) -> None:
        """Store what happened since the last sample that was stored. A database that is away is not waited for."""
        try:
            for tier, figures in read_tiers().items():
                sample = sample_of(figures, since=self._stored.get(tier))
                if record_sample(tier, sample, process=process_name(), at=timezone.now()):
                    self._stored[tier] = figures
        except Error as error:
            log.warning("cache_sample_not_stored", exc_info=error)


def sample_of(figures: TierFigures, *, since: TierFigures | None) -> TierSample:
    """What a tier did since an earlier reading, or since the process started."""
    lookups = figures.lookups.since(since.lookups) if since else figures.lookups
    return TierSample(
        hits=figures.hits - (since.hits if since else 0),
        misses=figures.missed - (since.missed if since else 0),
        fills=figures.fills - (since.fills if since else 0),
        evictions=figures.evictions - (since.evictions if since else 0),
        entries=figures.entries,
        bytes=figures.bytes,
        lookup_p50_us=lookups.percentile(0.50) if lookups.count else None,
        lookup_p95_us=lookups.percentile(0.95) if lookups.count else None,
    )


def process_name() -> str:
    """Tells this process apart from all that run at the same time."""
    return f"{socket.gethostname()}/{os.getpid()}"[-LONGEST_PROCESS:]


SAMPLER: Final = Sampler()
SAMPLING: Final = Recurring("cache-samples", SAMPLER.store, seconds=lambda: SECONDS_BETWEEN_SAMPLES)
