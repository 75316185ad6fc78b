"""Facts that some process has loaded, shared with all: the second tier of the cache (L2).

Redis is asked, and not believed. What it hands over was sealed by a process of ours for this very question, or it is
refused; and it holds only if whoever read it saw every change that this process knows of. See `docs/authorization.md`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from time import monotonic, perf_counter
from typing import Any, Final
from uuid import UUID

import orjson
import structlog
from django.conf import settings

from authorization.caching.counters import Counters, Miss
from authorization.caching.facts_format import FORMAT, UnreadableFacts, dump_facts, load_facts
from authorization.facts import Evidence, Pair, Reading, ResourceFacts
from authorization.freshness.announcements import ANNOUNCEMENTS
from authorization.freshness.changes import ChangeLog, Era
from authorization.freshness.listener import CHANGES, LISTENER, Lease, Listener, seconds_now
from authorization.registry import registry
from velro import __version__
from velro.caching.breaker import Breaker
from velro.caching.figures import TierFigures
from velro.caching.sealing import BrokenSeal, Sealer
from velro.caching.shared_store import SharedStore

log = structlog.get_logger(__name__)

PURPOSE: Final = "velro facts of decisions"
SECONDS_BETWEEN_INCIDENTS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Realm:
    """What facts are of: resources of one type, in one life of one database, as one edition of the code reads it."""

    origin: str
    edition: str
    resource_type: str

    def about(self, user_id: UUID, resource_id: UUID | None) -> bytes:
        """Another text for every other question; with None, what those of one person have in common."""
        return orjson.dumps([self.origin, self.edition, self.resource_type, user_id, resource_id])


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the database said of some pairs when asked after `position` in the change log."""

    resource_type: str
    found: Sequence[tuple[Pair, ResourceFacts]]
    position: int


class SharedFactsCache:
    """By resource type, person and resource, in one database and in one edition of the code that reads it."""

    def __init__(self, changes: ChangeLog, listener: Listener, store: SharedStore, sealer: Sealer) -> None:
        self.store = store
        self.counters = Counters(Miss)
        self._changes = changes
        self._listener = listener
        self._sealer = sealer
        self._next_incident_at = 0.0

    def known(self, resource_type: str, pairs: Sequence[Pair]) -> list[ResourceFacts | None]:
        """Of each, what is still true at this moment, in one round trip; nothing, where that cannot be told."""
        started, edition, era = perf_counter(), edition_of(resource_type), self._changes.era
        known: list[ResourceFacts | None] = [None] * len(pairs)
        if edition is None or not settings.ENVIRONMENT.decision_cache_lifetime:
            return known
        if era.base is None or seconds_now() >= self._listener.lease.until:
            self.counters.count_misses(Miss.NO_LEASE, len(pairs))
            return known
        realm = Realm(era.origin, edition, resource_type)
        frames = self.store.fetch(names := self._names_of(realm, pairs))
        if frames is None:
            self.counters.count_misses(Miss.UNAVAILABLE, len(pairs))
            return known
        hits = 0
        for place, (pair, name) in enumerate(zip(pairs, names, strict=True)):
            facts = self._opened(frames.get(name), realm, pair, era=era)
            if isinstance(facts, Miss):
                self.counters.count_misses(facts, 1)
            else:
                known[place] = facts
                hits += 1
        if hits:
            self.counters.count_hits(hits)
            self.counters.lookups.add((perf_counter() - started) * 1e6)
        return known

    def may_share(self, loaded: Loaded) -> bool:
        """Whether others may have it at this moment."""
        return self._realm_of(loaded) is not None

    def keep_each(self, loads: Iterable[Loaded]) -> None:
        """Share what still may be shared, in one round trip."""
        frames: dict[str, bytes] = {}
        for loaded in loads:
            frames |= self._frames_of(loaded)
        if frames and self.store.store(frames, seconds=settings.ENVIRONMENT.decision_cache_lifetime):
            for frame in frames.values():
                self.counters.count_fill(len(frame), is_new=True)

    def figures(self) -> TierFigures:
        """What this process had of it since it started. What it holds is not this process's to know."""
        counters = self.counters
        return TierFigures(
            hits=counters.hits,
            misses=counters.misses,
            fills=counters.fills,
            evictions=0,
            entries=0,
            bytes=0,
            lookups=counters.lookups.read(),
        )

    def _realm_of(self, loaded: Loaded) -> Realm | None:
        edition, era = edition_of(loaded.resource_type), self._changes.era_since(loaded.position)
        if not settings.ENVIRONMENT.decision_cache_lifetime or edition is None or era is None:
            return None
        has_lease = seconds_now() < self._listener.lease.until
        return Realm(era.origin, edition, loaded.resource_type) if has_lease else None

    def _frames_of(self, loaded: Loaded) -> dict[str, bytes]:
        realm = self._realm_of(loaded)
        if realm is None:
            return {}
        texts = [(pair, text) for pair, facts in loaded.found if (text := dump_facts(facts)) is not None]
        names = self._names_of(realm, [pair for pair, _ in texts])
        return {
            name: self._sealer.seal(text, context=realm.about(*pair))
            for (pair, text), name in zip(texts, names, strict=True)
        }

    def _names_of(self, realm: Realm, pairs: Sequence[Pair]) -> list[str]:
        names: list[str] = []
        for user_id, of_one in groupby(pairs, key=itemgetter(0)):
            # In braces is what a cluster places them by: what one person asks at once is in one place.
            place = self._sealer.name_of(realm.about(user_id, None))
            names += [f"{{{place}}}{self._sealer.name_of(realm.about(*pair))}" for pair in of_one]
        return names

    def _opened(self, frame: Any, realm: Realm, pair: Pair, *, era: Era) -> ResourceFacts | Miss:
        if frame is None:
            return Miss.ABSENT
        try:
            text = self._sealer.open(frame, context=realm.about(*pair))
            facts, evidence, reading = load_facts(text, resource_id=pair[1])
        except (BrokenSeal, UnreadableFacts) as fault:
            self._report(fault)
            return Miss.REFUSED
        # Looked at last of all: nothing that was heard before this moment is overlooked.
        lease, now = self._listener.lease, seconds_now()
        if now >= lease.until or self._changes.era is not era:
            return Miss.NO_LEASE
        return why_missed(evidence, reading, era=era, lease=lease, now=now) or facts

    def _report(self, fault: Exception) -> None:
        now = monotonic()
        if now >= self._next_incident_at:
            self._next_incident_at = now + SECONDS_BETWEEN_INCIDENTS
            refused = self.counters.misses[Miss.REFUSED] + 1
            log.critical("shared_facts_refused", fault=str(fault), refused=refused)


def why_missed(evidence: Evidence, reading: Reading, *, era: Era, lease: Lease, now: float) -> Miss | None:
    """None while facts hold: read past all changes, and neither before their time nor after it."""
    if not era.was_seen_by(reading.snapshot, evidence.depends_on):
        return Miss.CHANGED
    return None if reading.at <= now + lease.behind and now + lease.ahead < evidence.changes_at else Miss.EXPIRED


def edition_of(resource_type: str) -> str | None:
    """Another one whenever the code would make something else of the same rows; None for what is not shared."""
    # Looked for by name, because to ask for the protocol takes as long as to seal the facts.
    facts_edition = getattr(registry.resource_types.get(resource_type), "facts_edition", None)
    return _edition(facts_edition, len(ANNOUNCEMENTS)) if facts_edition else None


@lru_cache(maxsize=16)
def _edition(facts_edition: str, _announcements: int) -> str:
    parts = [FORMAT, __version__, facts_edition, [repr(announcement) for announcement in ANNOUNCEMENTS]]
    return sha256(orjson.dumps(parts)).hexdigest()


SHARED_FACTS: Final = SharedFactsCache(
    CHANGES, LISTENER, SharedStore(Breaker()), Sealer(settings.SECRET_KEY, purpose=PURPOSE)
)
