"""Where the world's variety comes from. The same seed makes the same world, ids included."""

from collections.abc import Sequence
from random import Random
from typing import Final, TypeVar
from uuid import UUID

Item = TypeVar("Item")
FAVOUR: Final = 2


class Chance:
    """Draws whatever the world needs."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - it must be repeatable, and nothing of it is a secret
        self.pick = self._random.choice
        self.number = self._random.randint
        self.shuffle = self._random.shuffle

    def uuid(self) -> UUID:
        """A UUID v4."""
        return UUID(int=self._random.getrandbits(128), version=4)

    def happens(self, probability: float) -> bool:
        """True so often."""
        return self._random.random() < probability

    def share(self) -> float:
        """Between 0 and 1, more often near 0."""
        return float(self._random.random() ** FAVOUR)

    def favourite(self, items: Sequence[Item]) -> Item:
        """One of them, the first ones more often: few people make most, few projects hold most."""
        return items[int(len(items) * self.share())]

    def some(self, items: Sequence[Item], number: int) -> list[Item]:
        """So many different ones, or all there are."""
        return self._random.sample(items, min(number, len(items)))

    def weighted(self, weights: dict[Item, int]) -> Item:
        """One of the keys."""
        return self._random.choices(list(weights), list(weights.values()))[0]
