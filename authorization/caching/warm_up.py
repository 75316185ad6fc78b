"""Fills the memory of a process with what will be asked, as the trail foretells it.

What was asked most is loaded when a process begins, so that a deployment is not noticed, from time to time, and when an
operator wants it; what one person asked most, when they sign in. What is known already is not loaded again.
"""

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, Full, Queue
from time import monotonic, sleep
from typing import Any, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import Error, connection, transaction
from django.utils import timezone

from authorization.actions import Action
from authorization.break_glass import require_operator
from authorization.caching.memory import may_remember
from authorization.freshness.announcements import announce
from authorization.freshness.listener import LISTENER
from authorization.registry import registry
from authorization.roles import Permission
from velro.audit.models import Outcome
from velro.audit.services import Actor, record_event

log = structlog.get_logger(__name__)

# The engine's: looks up what one person may do to resources, and says how many it will remember.
Preload = Callable[[UUID, Action, Sequence[UUID]], int]

READ: Final = "read"
MOST_PAIRS: Final = 2_000
MOST_PAIRS_OF_ONE: Final = 100
# Of a busy day nobody counts more than its end.
MOST_DECISIONS: Final = 100_000
MOST_DECISIONS_OF_ONE: Final = 2_000
# Who signs in while so many wait is not waited for.
MOST_WAITING: Final = 1_000
PATIENCE_SECONDS: Final = 10.0
SECONDS_BETWEEN_LOOKS: Final = 0.05
# Announced like a change, so that every process that answers from memory hears of it.
WANTED: Final = "warm_up"
EVERYBODY: Final = "SELECT coalesce(details ->> 'about_user', actor_id::text)::uuid AS user_id"
THEMSELF: Final = "SELECT actor_id AS user_id"
MOST_ASKED: Final = """
SELECT user_id, resource_type, array_agg(resource_id)
  FROM (
       SELECT user_id, resource_type, resource_id
         FROM (
              {whose}, resource_type, resource_id
                FROM audit_auditevent
               WHERE name = 'authorization.decision' AND at > statement_timestamp() - interval '{time}'
                 AND resource_type = ANY(%(types)s) AND resource_id IS NOT NULL {only}
               ORDER BY at DESC LIMIT %(decisions)s
              ) AS latest
        GROUP BY user_id, resource_type, resource_id
        ORDER BY count(*) DESC LIMIT %(pairs)s
       ) AS most
 WHERE user_id IS NOT NULL
 GROUP BY user_id, resource_type
"""
OF_ALL: Final = MOST_ASKED.format(whose=EVERYBODY, time="1 day", only="")
OF_ONE: Final = MOST_ASKED.format(
    whose=THEMSELF, time="7 days", only="AND actor_id = %(user_id)s AND details ->> 'about_user' IS NULL"
)


@dataclass(frozen=True, slots=True)
class WarmedUp:
    """When all that was asked most was last loaded, and how many facts of it were not known."""

    at: datetime
    facts: int


class Warmer:
    """A thread of a process that answers from memory. Elsewhere nothing is loaded, and nothing waits."""

    def __init__(self) -> None:
        self.last: WarmedUp | None = None
        self._wanted: Queue[UUID | None] = Queue(MOST_WAITING)
        self._is_stopping = False
        self._thread: threading.Thread | None = None

    def start(self, preload: Preload) -> None:
        """Begin with all that was asked most, unless CACHE_WARM_UP is off."""
        if settings.ENVIRONMENT.cache_warm_up:
            self._is_stopping = False
            self._thread = threading.Thread(target=self._run, args=[preload], name="cache-warm-up", daemon=True)
            self._thread.start()
            LISTENER.calls[WANTED] = self.want

    def stop(self) -> None:
        """End."""
        if self._thread is not None:
            self._is_stopping = True
            self.want()
            self._thread.join()
            self._thread = None

    def want(self, user_id: UUID | None = None) -> None:
        """Load soon what this person asked most, or what all did. Returns at once."""
        if self._thread is not None:
            try:
                self._wanted.put_nowait(user_id)
            except Full:
                log.warning("cache_warm_up_left_out")

    def forget_after_fork(self) -> None:
        """In a child: the thread, and all that it was to do, stayed with the parent."""
        self._thread, self._wanted = None, Queue(MOST_WAITING)

    def _run(self, preload: Preload) -> None:
        started = monotonic()
        while LISTENER.leased_since is None and monotonic() - started < PATIENCE_SECONDS:
            sleep(SECONDS_BETWEEN_LOOKS)
        user_id = None
        while not self._is_stopping:
            self._load(preload, user_id)
            try:
                user_id = self._wanted.get(timeout=settings.ENVIRONMENT.cache_warm_up_interval or None)
            except Empty:
                user_id = None

    def _load(self, preload: Preload, user_id: UUID | None) -> None:
        started = monotonic()
        try:
            facts = warm_up(preload, user_id)
        except Error as error:
            log.warning("cache_not_warmed_up", exc_info=error)
        else:
            if user_id is None:
                self.last = WarmedUp(timezone.now(), facts)
                log.info("cache_warmed_up", facts=facts, seconds=round(monotonic() - started, 3))
        finally:
            # Back to the pool, for requests.
            connection.close()


def warm_up(preload: Preload, user_id: UUID | None = None) -> int:
    """Load the facts of the pairs of person and resource that the trail names most, one statement for each person.

    As good as if they had been asked about now, so what may not be read is not kept. It ends with the lease. Returns
    how many were loaded.
    """
    loaded = 0
    for person_id, resource_type, resource_ids in _most_asked(user_id):
        if LISTENER.leased_since is None or not may_remember():
            break
        loaded += preload(person_id, Action(resource_type, READ, permission=Permission.READ), resource_ids)
    return loaded


@transaction.atomic
def warm_up_everywhere(*, actor: Actor) -> None:
    """Have every process load what was asked most, beside its requests.

    Raises PermissionDenied for who is not an active superuser.
    """
    require_operator(actor)
    announce(WANTED)
    record_event("cache.warmed_up", outcome=Outcome.SUCCEEDED, actor=actor)


def _most_asked(user_id: UUID | None) -> Sequence[tuple[UUID, str, list[UUID]]]:
    values: dict[str, Any] = {
        "types": list(registry.resource_types),
        "decisions": MOST_DECISIONS if user_id is None else MOST_DECISIONS_OF_ONE,
        "pairs": MOST_PAIRS if user_id is None else MOST_PAIRS_OF_ONE,
        "user_id": user_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(OF_ALL if user_id is None else OF_ONE, values)
        return list(cursor.fetchall())


WARMER: Final = Warmer()
os.register_at_fork(after_in_child=WARMER.forget_after_fork)
