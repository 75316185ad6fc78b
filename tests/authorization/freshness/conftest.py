"""A process that listens, as a web process does, on a database that commits."""

from collections.abc import Callable, Generator
from time import monotonic, sleep
from typing import Final

import pytest
from django.db import connection

from authorization.caching.sharing import SHARER
from authorization.freshness.listener import LEASE_SECONDS, LISTENER, Listener, seconds_now

# Of the processes on this database: others in the same server belong to tests that run beside.
CUT_LISTENERS: Final = """
SELECT pg_terminate_backend(pid, %(wait_ms)s)
  FROM (SELECT pid FROM pg_stat_activity WHERE application_name = 'velro-freshness' AND datname = current_database()
         ORDER BY random() LIMIT %(most)s) AS listening
"""


def eventually(condition: Callable[[], bool], *, seconds: float = 10) -> bool:
    """Whether it comes true in time."""
    deadline = monotonic() + seconds
    while monotonic() < deadline:
        if condition():
            return True
        sleep(0.002)
    return condition()


def has_lease(listener: Listener) -> bool:
    """Whether the process may answer from memory."""
    return seconds_now() < listener.lease.until


def has_new_lease(listener: Listener) -> bool:
    """Whether it may do so for most of a lease, however slow the machine."""
    return listener.lease.until - seconds_now() > 0.6 * LEASE_SECONDS


def is_all_shared() -> bool:
    """Whether others can find what this process has loaded, once it has had the time to share it."""
    return SHARER.drain(seconds=10)


def cut_listeners(*, most: int | None = None, wait_ms: int = 0) -> None:
    """End the connections on which processes hear of changes; with `wait_ms`, not before they have ended."""
    with connection.cursor() as cursor:
        cursor.execute(CUT_LISTENERS, {"most": most, "wait_ms": wait_ms})


@pytest.fixture(scope="module")
def _listening(django_db_setup: None) -> Generator[Listener]:  # noqa: ARG001 - makes the database
    """Becoming acquainted with its peers takes a process most of a second."""
    LISTENER.start()
    yield LISTENER
    LISTENER.stop()


@pytest.fixture
def listener(_listening: Listener, transactional_db: None) -> Listener:  # noqa: ARG001 - commits
    """The one of this process, with a lease and an acquaintance with its peers."""
    assert eventually(lambda: _listening.recent_peers() is not None)
    return _listening
