"""Has a process look one thing up once, however many requests ask for it at the same time."""

from collections.abc import Collection, Hashable
from threading import Event, Lock
from time import monotonic
from typing import Final, Generic, TypeVar

PATIENCE_SECONDS: Final = 0.05
Key = TypeVar("Key", bound=Hashable)


class Flight(Generic[Key]):
    """What one request looks up; others may wait for it to land."""

    def __init__(self, flights: "Flights[Key]", keys: Collection[Key]) -> None:
        self.keys = keys
        self.landed = Event()
        self._flights = flights

    def land(self) -> None:
        """Let those who wait look for what was found, if anything was."""
        self._flights.remove(self)
        self.landed.set()


class Flights(Generic[Key]):
    """All that are under way. Whoever leads one waits for none, so that no two wait for each other."""

    def __init__(self, *, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._lock = Lock()
        self._under_way: dict[Key, Flight[Key]] = {}

    def board(self, keys: Collection[Key]) -> Flight[Key] | None:
        """A flight for the caller to land, of all these keys that nobody looks up; or None, after others did.

        They are waited for as long as patience lasts. What they found has to be looked for where it is kept.
        """
        with self._lock:
            free = [key for key in dict.fromkeys(keys) if key not in self._under_way]
            if free:
                flight = Flight(self, free)
                self._under_way.update(dict.fromkeys(free, flight))
                return flight
            others = {id(it): it for it in (self._under_way[key] for key in keys)}
        deadline = monotonic() + self._patience
        for other in others.values():
            other.landed.wait(max(deadline - monotonic(), 0))
        return None

    def remove(self, flight: Flight[Key]) -> None:
        """Nobody looks its keys up any more."""
        with self._lock:
            for key in flight.keys:
                del self._under_way[key]
