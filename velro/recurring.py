"""Work that a process does again and again beside its requests."""

import os
import threading
from collections.abc import Callable

import structlog
from django.db import connection

log = structlog.get_logger(__name__)


class Recurring:
    """A thread. What it borrows of the database goes back to the pool, for requests.

    `seconds` pass between two times, the first of which comes after as many.
    """

    def __init__(self, name: str, work: Callable[[], object], *, seconds: Callable[[], float]) -> None:
        self._name = name
        self._work = work
        self._seconds = seconds
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        os.register_at_fork(after_in_child=self._forget_after_fork)

    @property
    def is_running(self) -> bool:
        """In this process."""
        return self._thread is not None

    def start(self) -> None:
        """Begin, in a process that answers requests."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._stopping.wait(self._seconds()):
            try:
                self._work()
            except Exception:
                # Whatever it was, the next time may go well.
                log.exception("recurring_work_failed", work=self._name)
            finally:
                connection.close()

    def _forget_after_fork(self) -> None:
        """In a child: the thread stayed with the parent."""
        self._thread = None
