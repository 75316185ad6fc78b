"""Facts that this process has loaded before and that are still true: the first tier of the cache (L1)."""

from collections.abc import Iterable
from typing import Final

from authorization.caching.memory import MOST_ENTRIES, Memory, Remembered, Room
from authorization.facts import Evidence, Pair, ResourceFacts
from authorization.freshness.changes import ChangeLog
from authorization.freshness.listener import CHANGES, LISTENER, Listener
from velro.caching.figures import TierFigures

# Measured: an entry with its key, ids and the verdict on one action, and what each path and each dependency adds.
ENTRY_BYTES: Final = 1430
PATH_BYTES: Final = 245
DEPENDENCY_BYTES: Final = 105
ROOM: Final = Room(entries=MOST_ENTRIES, bytes=40_000_000)
# Numbers, because Python compares and hashes UUIDs in Python.
Key = tuple[str, int, int]


class FactsCache:
    """By resource type, person and resource."""

    def __init__(self, changes: ChangeLog, listener: Listener, *, room: Room = ROOM) -> None:
        self._memory: Memory[Key, ResourceFacts] = Memory(changes, listener, room=room, size_of=size_of)

    @property
    def position(self) -> int:
        """To be noted before facts are asked for that are to be kept."""
        return self._memory.position

    def known(self, resource_type: str, pairs: Iterable[Pair]) -> list[ResourceFacts | None]:
        """Of each, what is still true at this moment, by the database's clock."""
        return self._memory.recall_each([key_of(resource_type, pair) for pair in pairs])

    def recollect(self, resource_type: str, pair: Pair) -> Remembered[ResourceFacts] | None:
        """What is known of one, for who comes back to it."""
        return self._memory.recollect(key_of(resource_type, pair))

    def holds_at(self, facts: Remembered[ResourceFacts], database_time: float) -> bool:
        """Whether that is still true, at a time of `Listener.database_time`."""
        return self._memory.holds_at(facts, database_time)

    def keep(self, resource_type: str, found: Iterable[tuple[Pair, ResourceFacts]], *, position: int) -> None:
        """Remember what was loaded after `position`. What comes without evidence is true for this once only."""
        for pair, facts in found:
            if facts.evidence is not None:
                self._memory.keep(key_of(resource_type, pair), facts, evidence=facts.evidence, position=position)

    def figures(self) -> TierFigures:
        """What it did since the process started."""
        return self._memory.figures()


def key_of(resource_type: str, pair: Pair) -> Key:
    """Another one for each question."""
    return resource_type, pair[0].int, pair[1].int


def size_of(facts: ResourceFacts, evidence: Evidence) -> int:
    """About how many bytes an entry takes."""
    return ENTRY_BYTES + PATH_BYTES * len(facts.paths) + DEPENDENCY_BYTES * len(evidence.depends_on)


FACTS_CACHE: Final = FactsCache(CHANGES, LISTENER)
