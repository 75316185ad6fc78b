"""What this process looked up before, for as long as it cannot have changed: by what it depends on, and by the clock.

It is answered only under a lease, so nothing has to be removed to be right. See `authorization.freshness`.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from cachebox import LRUCache
from django.db import connection

from authorization.caching.counters import IN_MEMORY, Counters, Miss
from authorization.facts import Evidence
from authorization.freshness.changes import ChangeLog
from authorization.freshness.listener import Listener, seconds_now
from velro.caching.figures import TierFigures

MOST_ENTRIES: Final = 10_000
# One look-up with hits in so many is timed, because to add a time takes half as long as a hit.
HITS_PER_TIME: Final = 256
Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Remembered(Generic[Value]):
    """A value of about so many bytes, and what it depends on.

    `position` is a place in the change log up to which none of that changed since it was asked for.
    """

    __slots__ = ("changes_at", "depends_on", "position", "size", "value")

    def __init__(self, value: Value, evidence: Evidence, *, position: int, size: int) -> None:
        self.value = value
        self.depends_on = evidence.depends_on
        self.changes_at = evidence.changes_at
        self.position = position
        self.size = size


@dataclass(frozen=True)
class Room:
    """How much a memory holds at most: so many entries, and so many bytes."""

    entries: int
    bytes: int


class Memory(Generic[Key, Value]):
    """Within its room, and the least used go first. Keys are injective: each question has its own.

    `size_of` says about how many bytes a value takes, with its key and all else that is kept with it.
    """

    def __init__(
        self, changes: ChangeLog, listener: Listener, *, room: Room, size_of: Callable[[Value, Evidence], int]
    ) -> None:
        self._changes = changes
        self._listener = listener
        self._size_of = size_of
        # What is small takes its share of the room all the same, so that the number of entries has its limit, too.
        share = room.bytes // room.entries
        self._entries: LRUCache[Key, Remembered[Value]] = LRUCache(
            room.bytes, getsizeof=lambda _key, entry: max(entry.size, share)
        )
        self._largest = room.bytes
        self._counters = Counters(IN_MEMORY)
        self._hits = 0

    @property
    def position(self) -> int:
        """To be noted before something is asked for that is to be kept."""
        return self._changes.position

    def recall(self, key: Key) -> Value | None:
        """What is still true at this moment, by the database's clock."""
        return self.recall_each((key,))[0]

    def recall_each(self, keys: Sequence[Key]) -> list[Value | None]:
        """The same for each of many, in their order."""
        lease, now = self._listener.lease, seconds_now()
        if now >= lease.until:
            self._counters.count_misses(Miss.NO_LEASE, len(keys))
            return [None] * len(keys)
        database_time, hits, entries, holds = now + lease.ahead, 0, self._entries, self._holds
        found: list[Value | None] = []
        for key in keys:
            entry: Remembered[Value] | None = entries.get(key)
            if entry and holds(entry, database_time):
                hits += 1
                found.append(entry.value)
            else:
                self._counters.count_misses(_why_missed(entry, at=database_time), 1)
                found.append(None)
        if hits:
            # Without a lock: the interpreter lets no other thread in between reading and writing such a sum.
            self._hits += hits
            if not self._hits % HITS_PER_TIME:
                self._counters.lookups.add((seconds_now() - now) * 1e6 / len(keys))
        return found

    def recollect(self, key: Key) -> Remembered[Value] | None:
        """What is still true at this moment, for who comes back to it."""
        entry: Remembered[Value] | None = self._entries.get(key)
        database_time = self._listener.database_time()
        if entry is None or database_time is None or not self._holds(entry, database_time):
            return None
        return entry

    def holds_at(self, entry: Remembered[Value], database_time: float) -> bool:
        """Whether that is still true, at a time of `Listener.database_time`, which is a hit."""
        is_true = self._holds(entry, database_time)
        self._hits += is_true
        return is_true

    def _holds(self, entry: Remembered[Value], database_time: float) -> bool:
        if database_time >= entry.changes_at:
            return False
        changes = self._changes
        # Read first: what is heard of meanwhile has a later place, and is looked at the next time.
        position = changes.position
        if entry.position == position:
            return True
        if not changes.holds(entry.position, entry.depends_on):
            return False
        entry.position = position
        return True

    def keep(self, key: Key, value: Value, *, evidence: Evidence, position: int) -> None:
        """Remember what was asked for after `position`, unless it is too large for any room."""
        size = self._size_of(value, evidence)
        if size <= self._largest:
            before = self._entries.insert(key, Remembered(value, evidence, position=position, size=size))
            self._counters.count_fill(size, is_new=before is None)

    def figures(self) -> TierFigures:
        """What it did since the process started. Entries that hold no more count until others take their place."""
        counters, entries = self._counters, len(self._entries)
        return TierFigures(
            hits=self._hits,
            misses=counters.misses,
            fills=counters.fills,
            evictions=max(counters.arrivals - entries, 0),
            entries=entries,
            bytes=round(entries * counters.mean_bytes),
            lookups=counters.lookups.read(),
        )


def may_remember() -> bool:
    """Not within a transaction: what it changed itself is not yet true, and what it locked must be looked at."""
    return not connection.in_atomic_block


def _why_missed(entry: Remembered[Value] | None, *, at: float) -> Miss:
    if entry is None:
        return Miss.ABSENT
    return Miss.EXPIRED if at >= entry.changes_at else Miss.CHANGED
