"""Hearing of changes, and the lease that says for how long what was heard is all there is.

One connection of the process listens. PostgreSQL hands over, before it answers a query on it, every notification whose
COMMIT was acknowledged before that query was sent. So an answered heartbeat proves the change log complete up to its
start, and the process may answer from memory for one lease from then, by `seconds_now`.
"""

import os
import select
import threading
import time
from collections import deque
from dataclasses import dataclass
from itertools import count
from typing import Any, Final, Protocol

import psycopg
import structlog
from django.db import connections
from psycopg.abc import RV, PQGen

from authorization.freshness.announcements import CHANNEL, EVERYTHING, LISTEN, missing_triggers
from authorization.freshness.changes import ChangeLog
from authorization.freshness.snapshots import Snapshot

log = structlog.get_logger(__name__)

LEASE_SECONDS: Final = 0.25
# Who waits for leases to run out allows for clocks that run slower than its own.
LONGEST_LEASE_SECONDS: Final = 1.1 * LEASE_SECONDS
HEARTBEAT_SECONDS: Final = 0.05
BEATS_BETWEEN_LOOKS_AT_TRIGGERS: Final = 20
# Asked how full its queue is, PostgreSQL first removes what all have read; once it is full, nothing else does.
TIDY_QUEUE: Final = "SELECT pg_notification_queue_usage()"
# A machine that was suspended must wake up without a lease.
CLOCK: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
APPLICATION: Final = "velro-freshness"
# A cut network is noticed in seconds; what is sent on this connection is answered at once.
CONNECTION: Final = {
    "application_name": APPLICATION,
    "autocommit": True,
    "connect_timeout": 2,
    "tcp_user_timeout": 2000,
}
PATIENCE_SECONDS: Final = 2.0
SECONDS_BETWEEN_SIGNALS: Final = 0.1
SECONDS_BETWEEN_TRIES: Final = 0.5
# How far the clocks may part between two heartbeats before it is taken for a step.
STEP_SECONDS: Final = 0.02
# The heartbeat tells what was heard of last, for those who wait until it is.
MOST_TOLD: Final = 40
PEERS: Final = "SELECT pid FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()"
# The driver writes values into the text, where others find what was heard: see `confirmation`.
HEARTBEAT: Final = f"""
SELECT %s, extract(epoch FROM clock_timestamp())::float8, ARRAY({PEERS}),
       '{CHANNEL}' IN (SELECT pg_listening_channels()) AND NOT pg_is_in_recovery(),
       pg_current_snapshot()::text
"""  # noqa: S608 - constants
# One life of one database. In another the same transaction numbers, or the same ids, may be of something else: after a
# promotion, in a copy, or after a crash that lost commits nobody waited for.
ORIGIN: Final = """
SELECT concat_ws('/', system_identifier,
       CASE WHEN NOT pg_is_in_recovery() THEN left(pg_walfile_name(pg_current_wal_lsn()), 8) END,
       (SELECT oid FROM pg_database WHERE datname = current_database()),
       extract(epoch FROM pg_postmaster_start_time()))
  FROM pg_control_system()
"""


def seconds_now() -> float:
    """Of the clock that leases are measured by."""
    return time.clock_gettime(CLOCK)


class NotHeard(Exception):
    """The connection does not hear all that is announced, so nothing can be concluded from it."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Until when, by `seconds_now`, the change log is known to be complete.

    The database's clock reads at most `now + ahead` and at least `now + behind`, in seconds since 1970.
    """

    until: float = 0.0
    ahead: float = 0.0
    behind: float = 0.0


class Call(Protocol):
    """Of what returns at once, and raises nothing."""

    def __call__(self) -> None:
        """Do it."""


class Listener:
    """The connection, in a thread of its own. Without it nothing is answered from memory, and nothing else changes."""

    def __init__(self, changes: ChangeLog) -> None:
        self.changes = changes
        self.lease = Lease()
        self._heard: deque[str] = deque(maxlen=MOST_TOLD)
        self._heard_count = 0
        self._peers: dict[int, float] = {}
        self._complete_since = float("inf")
        # What is done, at once, when such a name is heard.
        self.calls: dict[str, Call] = {}
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, in a process that answers requests."""
        self._stopping.clear()
        self._thread = threading.Thread(target=self._run, name="freshness", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End, and answer nothing from memory any more."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def forget_after_fork(self) -> None:
        """In a child: the thread, and all that it knows, stayed with the parent."""
        self.lease, self._complete_since, self._thread = Lease(), float("inf"), None

    def database_time(self) -> float | None:
        """What the database's clock reads at most, while this process may answer from memory; None while it may not."""
        lease, now = self.lease, seconds_now()
        return now + lease.ahead if now < lease.until else None

    @property
    def leased_since(self) -> float | None:
        """Since when this process has had a lease without a gap, by `seconds_now`; None without one."""
        since = self._complete_since
        return since if seconds_now() < self.lease.until and since < float("inf") else None

    def recent_peers(self) -> frozenset[int] | None:
        """Connections of every process that could still hold a lease; None if this one has not watched long enough."""
        now = seconds_now()
        if now >= self.lease.until or now - self._complete_since < 2 * LONGEST_LEASE_SECONDS:
            return None
        return frozenset(self._peers)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with _connect() as connection:
                    self._listen(connection)
            except Exception:
                # Whatever it was, the process goes on without a lease and tries again.
                log.exception("freshness_lost")
            finally:
                self.lease = Lease()
                self._complete_since = float("inf")
            self._stopping.wait(SECONDS_BETWEEN_TRIES)

    def _listen(self, connection: psycopg.Connection[Any]) -> None:
        connection.add_notify_handler(self._hear)
        connection.execute(LISTEN)
        self.changes.forget()
        _require_triggers(connection)
        origin = _origin_of(connection)
        arrivals = select.poll()
        arrivals.register(connection.fileno(), select.POLLIN)
        started, previous = seconds_now(), None
        for number in count(1):
            if self._stopping.is_set():
                return
            if number % BEATS_BETWEEN_LOOKS_AT_TRIGGERS == 0:
                _require_triggers(connection)
                connection.execute(TIDY_QUEUE)
            lease, heard = self._beat(connection, origin=origin)
            if previous is not None and _clock_stepped(previous, lease):
                self.changes.forget()
            previous = lease
            # Peers that began together must have had the time to see each other before one relies on it.
            if seconds_now() - started >= LONGEST_LEASE_SECONDS:
                self.lease = lease
            if not heard:
                arrivals.poll(HEARTBEAT_SECONDS * 1000)

    def _beat(self, connection: psycopg.Connection[Any], *, origin: str) -> tuple[Lease, bool]:
        """One heartbeat: the lease it gives, and whether something was heard that the next one has to tell."""
        era, heard, sent = self.changes.era, self._heard_count, seconds_now()
        row = connection.execute(HEARTBEAT, [" ".join(self._heard), APPLICATION]).fetchone()
        received = seconds_now()
        _, database_time, peers, is_listening, base = row or (None, 0.0, [], False, "")
        if not is_listening:
            raise NotHeard("the connection is shared, or goes to a replica: it must lead to the primary itself")
        self._meet(peers, at=received)
        # Of the era in which the heartbeat was sent: what was forgotten meanwhile may have changed before it looked.
        self.changes.begin(era, base=Snapshot.read(base), origin=origin)
        lease = Lease(until=sent + LEASE_SECONDS, ahead=database_time - sent, behind=database_time - received)
        return lease, self._heard_count > heard

    def _meet(self, peers: list[int], *, at: float) -> None:
        if at >= self.lease.until or self._complete_since == float("inf"):
            self._complete_since = at
        seen = {pid: last for pid, last in self._peers.items() if at - last <= 2 * LONGEST_LEASE_SECONDS}
        self._peers = seen | dict.fromkeys(peers, at)

    def _hear(self, notification: psycopg.Notify) -> None:
        token, *dependencies = notification.payload.split(" ")
        if EVERYTHING in dependencies:
            self.changes.forget()
        else:
            self.changes.note(dependencies, transaction_id=int(token.partition(".")[0]))
        self._heard.append(token)
        self._heard_count += 1
        for name in self.calls.keys() & set(dependencies):
            self.calls[name]()


class ImpatientConnection(psycopg.Connection[Any]):
    """Does not wait for ever: a proxy that hangs takes what is said, so that the network sees nothing wrong."""

    def wait(
        self, gen: PQGen[RV], interval: float = SECONDS_BETWEEN_SIGNALS, timeout: float | None = PATIENCE_SECONDS
    ) -> RV:
        """Raises OperationalError when the answer takes longer."""
        return super().wait(gen, interval, timeout)


def _connect() -> ImpatientConnection:
    """One that is nobody else's, straight to the primary."""
    parameters = connections["default"].get_connection_params()
    return ImpatientConnection.connect(**parameters | CONNECTION)


def _require_triggers(connection: psycopg.Connection[Any]) -> None:
    missing = missing_triggers(connection)
    if missing:
        raise NotHeard(f"these triggers are missing, off or not of this version: {', '.join(sorted(missing))}")


def _origin_of(connection: psycopg.Connection[Any]) -> str:
    row = connection.execute(ORIGIN).fetchone()
    return str(row[0]) if row else ""


def _clock_stepped(before: Lease, now: Lease) -> bool:
    return now.ahead < before.behind - STEP_SECONDS or now.behind > before.ahead + STEP_SECONDS


CHANGES: Final = ChangeLog()
LISTENER: Final = Listener(CHANGES)
os.register_at_fork(after_in_child=LISTENER.forget_after_fork)
