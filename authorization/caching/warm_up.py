"""Fills the memory of a process that begins with what was asked most, so that a deployment is not noticed."""

import threading
from collections.abc import Callable, Sequence
from time import monotonic, sleep
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import Error, connection

from authorization.actions import Action
from authorization.caching.memory import may_remember
from authorization.freshness.listener import LISTENER
from authorization.registry import registry
from authorization.roles import Permission

log = structlog.get_logger(__name__)

# The engine's: looks up what one person may do to resources, and says how many it will remember.
Preload = Callable[[UUID, Action, Sequence[UUID]], int]

READ: Final = "read"
MOST_PAIRS: Final = 2_000
# Of a busy day nobody counts more than its end.
MOST_DECISIONS: Final = 100_000
PATIENCE_SECONDS: Final = 10.0
SECONDS_BETWEEN_LOOKS: Final = 0.05
MOST_ASKED: Final = """
SELECT user_id, resource_type, array_agg(resource_id)
  FROM (
       SELECT user_id, resource_type, resource_id
         FROM (
              SELECT coalesce(details ->> 'about_user', actor_id::text)::uuid AS user_id, resource_type, resource_id
                FROM audit_auditevent
               WHERE name = 'authorization.decision' AND at > statement_timestamp() - interval '1 day'
                 AND resource_type = ANY(%s) AND resource_id IS NOT NULL
               ORDER BY at DESC LIMIT %s
              ) AS latest
        GROUP BY user_id, resource_type, resource_id
        ORDER BY count(*) DESC LIMIT %s
       ) AS most
 WHERE user_id IS NOT NULL
 GROUP BY user_id, resource_type
"""


def start_warm_up(preload: Preload) -> None:
    """In a thread of its own, unless CACHE_WARM_UP is off."""
    if settings.ENVIRONMENT.cache_warm_up:
        threading.Thread(target=_run, args=[preload], name="cache-warm-up", daemon=True).start()


def warm_up(preload: Preload) -> int:
    """Load the facts of the pairs of person and resource that the trail names most, one statement for each person.

    As good as if they had been asked about now, so what may not be read is not kept. It ends with the lease. Returns
    how many were loaded.
    """
    loaded = 0
    for user_id, resource_type, resource_ids in _most_asked():
        if LISTENER.leased_since is None or not may_remember():
            break
        loaded += preload(user_id, Action(resource_type, READ, permission=Permission.READ), resource_ids)
    return loaded


def _run(preload: Preload) -> None:
    started = monotonic()
    while LISTENER.leased_since is None and monotonic() - started < PATIENCE_SECONDS:
        sleep(SECONDS_BETWEEN_LOOKS)
    started = monotonic()
    try:
        log.info("cache_warmed_up", facts=warm_up(preload), seconds=round(monotonic() - started, 3))
    except Error as error:
        log.warning("cache_not_warmed_up", exc_info=error)
    finally:
        # Back to the pool, for requests.
        connection.close()


def _most_asked() -> Sequence[tuple[UUID, str, list[UUID]]]:
    with connection.cursor() as cursor:
        cursor.execute(MOST_ASKED, [list(registry.resource_types), MOST_DECISIONS, MOST_PAIRS])
        return list(cursor.fetchall())
