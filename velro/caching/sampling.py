"""Stores once a minute what the cache tiers of this process did, beside the requests and never in their way."""

import os
import socket
import threading
from typing import Final

import structlog
from django.db import Error, connection
from django.utils import timezone

from velro.caching.figures import TierFigures
from velro.caching.models import LONGEST_PROCESS, Tier
from velro.caching.samples import TierSample, record_sample
from velro.caching.tiers import read_tiers

log = structlog.get_logger(__name__)

SECONDS_BETWEEN_SAMPLES: Final = 60.0


class Sampler:
    """A thread. What could not be stored is part of the next sample."""

    def __init__(self, *, seconds: float = SECONDS_BETWEEN_SAMPLES) -> None:
        self._seconds = seconds
        self._stored: dict[Tier, TierFigures] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in a process that answers requests."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="cache-samples", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def store(self) -> None:
        """Store what happened since the last sample that was stored. A database that is away is not waited for."""
        try:
            for tier, figures in read_tiers().items():
                sample = sample_of(figures, since=self._stored.get(tier))
                if record_sample(tier, sample, process=process_name(), at=timezone.now()):
                    self._stored[tier] = figures
        except Error as error:
            log.warning("cache_sample_not_stored", exc_info=error)

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds):
            self.store()
            # Back to the pool, for requests.
            connection.close()


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
