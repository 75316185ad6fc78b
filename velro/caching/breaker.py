"""Keeps requests from waiting for a server that does not answer."""

from collections.abc import Callable
from enum import StrEnum
from threading import Lock
from time import monotonic
from typing import Final

FAILURES: Final = 3
PAUSE_SECONDS: Final = 5.0


class BreakerState(StrEnum):
    """Closed: all may ask. Open: nobody. Half open: one asks, to see whether it answers again."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Breaker:
    """Opens after so many failures in a row; after a pause one may try, and closes or opens it again.

    Who was let through says how it went, by `succeed` or `fail`. `times_opened` counts from the start of the process.
    """

    def __init__(
        self, *, failures: int = FAILURES, pause: float = PAUSE_SECONDS, clock: Callable[[], float] = monotonic
    ) -> None:
        self._most_failures = failures
        self._pause = pause
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._tries_again_at = 0.0
        self.state = BreakerState.CLOSED
        self.times_opened = 0

    def lets_through(self) -> bool:
        """Whether the caller may ask."""
        if self.state is BreakerState.CLOSED:
            return True
        with self._lock:
            if self._clock() < self._tries_again_at:
                return False
            # Whoever tries has the pause for it; then it is another's turn, lest nobody tries after one that died.
            self._tries_again_at = self._clock() + self._pause
            self.state = BreakerState.HALF_OPEN
            return True

    def succeed(self) -> None:
        """It answered."""
        if self._failures or self.state is not BreakerState.CLOSED:
            with self._lock:
                self._failures = 0
                self.state = BreakerState.CLOSED

    def fail(self) -> bool:
        """It did not. Returns whether that opened what was closed."""
        with self._lock:
            self._failures += 1
            if self.state is BreakerState.CLOSED and self._failures < self._most_failures:
                return False
            has_opened = self.state is BreakerState.CLOSED
            self.state = BreakerState.OPEN
            self.times_opened += has_opened
            self._tries_again_at = self._clock() + self._pause
            return has_opened
