"""Facts that this process has loaded before and that are still true: the first tier of the cache (L1)."""

from collections.abc import Collection, Mapping
from typing import Final
from uuid import UUID

from authorization.caching.memory import MOST_ENTRIES, Memory, Recollection, Room
from authorization.facts import Evidence, ResourceFacts
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

    def known(self, resource_type: str, user_id: UUID, resource_ids: Collection[UUID]) -> dict[UUID, ResourceFacts]:
        """Of these, what is still true at this moment, by the database's clock."""
        user = user_id.int
        recalled = self._memory.recall_each([(resource_type, user, it.int) for it in resource_ids])
        return {it: facts for it, facts in zip(resource_ids, recalled, strict=True) if facts is not None}

    def recollect(self, resource_type: str, user_id: UUID, resource_id: UUID) -> Recollection[ResourceFacts] | None:
        """What is known of one, for who comes back to it."""
        return self._memory.recollect((resource_type, user_id.int, resource_id.int))

    def keep(self, resource_type: str, user_id: UUID, facts: Mapping[UUID, ResourceFacts], *, position: int) -> None:
        """Remember what was loaded after `position`. What comes without evidence is true for this once only."""
        for resource_id, row in facts.items():
            if row.evidence is not None:
                key = key_of(resource_type, user_id, resource_id)
                self._memory.keep(key, row, evidence=row.evidence, position=position)

    def figures(self) -> TierFigures:
        """What it did since the process started."""
        return self._memory.figures()


def key_of(resource_type: str, user_id: UUID, resource_id: UUID) -> Key:
    """Another one for each question."""
    return resource_type, user_id.int, resource_id.int


def size_of(facts: ResourceFacts, evidence: Evidence) -> int:
    """About how many bytes an entry takes."""
    return ENTRY_BYTES + PATH_BYTES * len(facts.paths) + DEPENDENCY_BYTES * len(evidence.depends_on)


FACTS_CACHE: Final = FactsCache(CHANGES, LISTENER)
