"""What this process has heard of changes, and so which of its answers, and of others', still hold. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from authorization.freshness.snapshots import Snapshot

MOST_REMEMBERED: Final = 200_000
# Of one dependency. More than so many changes of it are seldom under way at once.
MOST_NUMBERS: Final = 8


@dataclass
class Era:
    """What was heard since the log last forgot, by the numbers of transactions.

    Every change was seen by `base` or is heard of in this era. It is None until somebody has looked. Numbers are those
    of one life of one database, which `origin` names.
    """

    base: Snapshot | None = None
    origin: str = ""
    _heard: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _floors: dict[str, int] = field(default_factory=dict)

    def note(self, dependency: str, transaction_id: int) -> None:
        """It was changed by a transaction. Of the numbers the greatest few are kept, and the greatest of the others."""
        heard = self._heard.get(dependency, ())
        if transaction_id not in heard:
            heard = tuple(sorted((*heard, transaction_id)))
            if len(heard) > MOST_NUMBERS:
                # Before what is left of them, as `was_seen_by` reads it after.
                self._floors[dependency] = max(heard[0], self._floors.get(dependency, 0))
            self._heard[dependency] = heard[-MOST_NUMBERS:]

    def was_seen_by(self, snapshot: Snapshot, depends_on: Iterable[str]) -> bool:
        """Whether who looked by a snapshot saw every change of these, so far as is known by now."""
        if self.base is None or not snapshot.is_as_late_as(self.base):
            return False
        heard, floors = self._heard, self._floors
        return all(snapshot.saw(heard.get(it, ())) and floors.get(it, 0) < snapshot.first for it in depends_on)


class ChangeLog:
    """For each dependency, such as `user:<id>`, the place of its last change in the order in which changes were heard.

    Who wants to keep an answer notes `position` before asking the database. What changes after the database looked is
    heard after that, at a later place, and ends the answer. One thread writes; any may read.
    """

    def __init__(self) -> None:
        self.position = 0
        self.era = Era()
        self._last: dict[str, int] = {}
        self._floor = 0

    def note(self, dependencies: Iterable[str], *, transaction_id: int) -> None:
        """These were changed by a transaction."""
        place = self.position + 1
        last, era = self._last, self.era
        for dependency in dependencies:
            era.note(dependency, transaction_id)
            last[dependency] = place
        self.position = place
        if len(last) > MOST_REMEMBERED:
            self.forget()

    def forget(self) -> None:
        """From here on nothing is known of what was before: no earlier answer holds."""
        place = self.position + 1
        # Before the place: whoever notes that must not take the era that is over for theirs.
        self.era = Era()
        self._floor = place
        self.position = place
        self._last = {}

    def begin(self, era: Era, *, base: Snapshot, origin: str) -> None:
        """Say from where on an era knows of everything: by a look at the database after it had begun."""
        if era is self.era and era.base is None:
            era.origin = origin
            # Last, as it is read first.
            era.base = base

    def holds(self, position: int, depends_on: Iterable[str]) -> bool:
        """Whether an answer asked for at `position` is still what the database would say."""
        last = self._last
        # In this order, as `forget` writes them in the other: what it cleared is never read under the earlier floor.
        if position < self._floor:
            return False
        for dependency in depends_on:  # noqa: SIM110 - takes half as long, on every hit
            if last.get(dependency, 0) > position:
                return False
        return True

    def era_since(self, position: int) -> Era | None:
        """The era that has lasted since `position`, if it is known from where on it knows of everything."""
        era = self.era
        return era if era.base is not None and position >= self._floor else None
