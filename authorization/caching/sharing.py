"""Shares what this process has loaded a moment after it was answered, so that no single answer waits for Redis."""

import os
import threading
from collections import deque
from time import sleep
from typing import Final

import structlog

from authorization.caching.shared_facts import SHARED_FACTS, Loaded, SharedFactsCache

log = structlog.get_logger(__name__)

# Long enough for the answer to be out, and for others to be written with it.
GATHERING_SECONDS: Final = 0.01
# Twenty batches of a thousand.
MOST_WAITING: Final = 20_000
# Who brings so many has taken long to find them. If they cannot be shared as fast, that waits for room, but not longer
# than this, because they can be answered all the same.
MANY: Final = 100
PATIENCE_SECONDS: Final = 0.5
# In one pipeline, so that the server of shared facts takes it within its time.
ENOUGH_TOGETHER: Final = 1_000


class Sharer:
    """A thread that starts with the first facts, also in a forked child, and sleeps while there are none.

    Many at once wait for room. What finds none is not shared: `dropped` counts that, from the start of the process.
    """

    def __init__(self, cache: SharedFactsCache, *, most: int = MOST_WAITING) -> None:
        self.dropped = 0
        self._cache = cache
        self._most = most
        self._turn = threading.Condition()
        self._waiting: deque[Loaded] = deque()
        self._unshared = 0
        self._thread: threading.Thread | None = None

    def add(self, loaded: Loaded) -> None:
        """Share it soon, if it may be shared now and still may be then. Returns at once, unless there are many."""
        number = len(loaded.found)
        if not number or not self._cache.may_share(loaded):
            return
        with self._turn:
            has_room = self._turn.wait_for(
                lambda: self._unshared + number <= self._most, PATIENCE_SECONDS if number >= MANY else 0
            )
            if not has_room:
                self.dropped += number
                return
            self._waiting.append(loaded)
            self._unshared += number
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="facts-sharer", daemon=True)
                self._thread.start()
            self._turn.notify_all()

    def drain(self, *, seconds: float) -> bool:
        """Whether all that was added is shared, or given up, by then. For who wants to look at it."""
        with self._turn:
            return self._turn.wait_for(lambda: not self._unshared, seconds)

    def forget_after_fork(self) -> None:
        """In a child: the thread and all that waits for it stayed with the parent."""
        self._turn, self._waiting = threading.Condition(), deque()
        self._unshared, self._thread = 0, None

    def _run(self) -> None:
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._waiting)
            sleep(GATHERING_SECONDS)
            self._share()

    def _share(self) -> None:
        together: list[Loaded] = []
        number = 0
        with self._turn:
            while self._waiting and number < ENOUGH_TOGETHER:
                together.append(self._waiting.popleft())
                number += len(together[-1].found)
        try:
            self._cache.keep_each(together)
        except Exception:
            # Whatever it was, these are not shared, and the next ones may be.
            log.exception("facts_not_shared")
        finally:
            with self._turn:
                self._unshared -= number
                self._turn.notify_all()


SHARER: Final = Sharer(SHARED_FACTS)
os.register_at_fork(after_in_child=SHARER.forget_after_fork)
