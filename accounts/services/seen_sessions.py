"""Noting that sessions are in use: in a process that answers requests by a thread, all of a second in one statement."""

import os
from threading import Lock
from typing import Final
from uuid import UUID

from accounts.models import Session
from accounts.session_context import SessionContext
from velro.recurring import Recurring

SECONDS_BETWEEN_NOTES: Final = 1.0


class SeenSessions:
    """What is not written yet is lost with the process: a session may look a second older than it is."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._seen: dict[UUID, SessionContext] = {}
        self.writing: Final = Recurring("seen-sessions", self.write, seconds=lambda: SECONDS_BETWEEN_NOTES)
        os.register_at_fork(after_in_child=self._forget_after_fork)

    def note(self, session_id: UUID, context: SessionContext) -> None:
        """It was used just now, there."""
        if self.writing.is_running:
            with self._lock:
                self._seen[session_id] = context
        else:
            Session.objects.mark_seen({session_id: context})

    def write(self) -> None:
        """All that was noted since the last time."""
        with self._lock:
            seen, self._seen = self._seen, {}
        if seen:
            Session.objects.mark_seen(seen)

    def _forget_after_fork(self) -> None:
        """In a child: what was noted is the parent's to write."""
        self._lock, self._seen = Lock(), {}


SEEN_SESSIONS: Final = SeenSessions()
