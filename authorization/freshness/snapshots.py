"""Which transactions somebody who looked at the database could see. Pure.

A snapshot of PostgreSQL (`pg_current_snapshot`) shows what was committed by every transaction that had ended when it
was taken, and by no other. Its text is `first running:next:running,...`.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Below `first`, all had ended; from `next` on, none had; in between, all but those `running`."""

    first: int
    next: int
    running: frozenset[int] = frozenset()

    @classmethod
    def read(cls, text: str) -> "Snapshot":
        """As PostgreSQL writes it. Raises ValueError."""
        first, after, running = text.split(":")
        return cls(int(first), int(after), frozenset(int(number) for number in running.split(",") if number))

    def __str__(self) -> str:
        return f"{self.first}:{self.next}:{','.join(str(number) for number in sorted(self.running))}"

    def saw(self, transaction_ids: Iterable[int]) -> bool:
        """Whether all of these had ended."""
        return all(
            number < self.first or (number < self.next and number not in self.running) for number in transaction_ids
        )

    def is_as_late_as(self, other: "Snapshot") -> bool:
        """Whether whatever had ended by the other had ended by this one."""
        return self.next >= other.next and all(
            number in other.running for number in self.running if number < other.next
        )
