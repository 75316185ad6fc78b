"""From the journals into the table: by a thread of each process that decides, a moment after it was asked."""

import atexit
import os
import threading
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Final

import structlog
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, connection, transaction
from psycopg.errors import ProgramLimitExceeded, StatementTooComplex

from velro.audit.journal import JOURNAL, LINE_END, PIECE_BYTES, SUFFIX, Journal, abandoned_file, lines_of
from velro.audit.models import AuditEvent

log = structlog.get_logger(__name__)

GATHERING_SECONDS: Final = 0.2
SECONDS_BETWEEN_TRIES: Final = 1.0
SECONDS_BETWEEN_LOOKS: Final = 30.0
# While much comes, so many times as long as a piece took nothing is shipped: a burst is shipped after it, and one
# request in a hundred meets a piece. That is a small one then, as those who meet it wait for all of it.
RESTS: Final = 99.0
SMALL_PIECE_BYTES: Final = 32_768
# Much is more than this share of what is shipped in the same time.
MUCH: Final = 0.25
# Unless more waits than a burst leaves.
MOST_WAITING_BYTES: Final = 512 * 1_048_576
TOO_MUCH: Final = (ProgramLimitExceeded, StatementTooComplex)
REJECTED: Final = "rejected.lines"


def ship_journal(journal: Journal, *, rest: Callable[[float], object] | None = None) -> None:
    """Bring all that a process has appended so far into the table. What the database refuses to take now stays.

    The first piece is small. After one during which much was appended comes a `rest` of so many seconds, and another
    small one.
    """
    most = SMALL_PIECE_BYTES
    while lines := journal.unshipped(most):
        before, started = journal.backlog, monotonic()
        _store(lines, journal.folder)
        waiting, spent = journal.backlog, monotonic() - started
        journal.confirm(lines)
        comes_much = waiting - before > MUCH * len(lines) and waiting <= MOST_WAITING_BYTES
        most = SMALL_PIECE_BYTES if comes_much else PIECE_BYTES
        if rest is not None and comes_much:
            rest(RESTS * spent)


def ship_abandoned(folder: Path) -> None:
    """The same for files of processes that are no more."""
    for path in folder.glob(f"*{SUFFIX}"):
        try:
            _ship_abandoned(path)
        except OSError as error:
            log.warning("audit_journal_unreadable", path=path.name, exc_info=error)


def _ship_abandoned(path: Path) -> None:
    with abandoned_file(path) as file:
        if file is not None:
            for lines in lines_of(file):
                _store(lines, path.parent)
            path.unlink(missing_ok=True)


class Shipper:
    """The thread. It starts with the first record, also in a forked child, and sleeps while there is nothing to do."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._work = threading.Event()
        # Whether what is appended now will be shipped anyway.
        self.is_awake = False
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self._shipping = threading.Lock()
        self._finishing = threading.Event()
        self._looked_at = -SECONDS_BETWEEN_LOOKS

    def wake(self) -> None:
        """Something was appended."""
        self.is_awake = True
        self._work.set()
        self._start()

    def finish(self) -> None:
        """Ship the rest and let go of the files, at the end of a process."""
        if self._thread is not None:
            self._finishing.set()
            self._ship()
            self._journal.close()

    def forget_after_fork(self) -> None:
        """In a child: the thread stayed with the parent."""
        self._work, self._finishing, self._thread = threading.Event(), threading.Event(), None
        self.is_awake = False
        self._starting, self._shipping = threading.Lock(), threading.Lock()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="audit-shipper", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        try:
            while self._work.wait() and not self._finishing.is_set():
                self._finishing.wait(GATHERING_SECONDS)
                self._rest()
                if not self._ship():
                    self._finishing.wait(SECONDS_BETWEEN_TRIES)
                    self._work.set()
        finally:
            self._rest()

    def _rest(self) -> None:
        """What is appended from now on has to wake somebody."""
        # In this order, so that nobody takes it for awake while it waits.
        self._work.clear()
        self.is_awake = False

    def _ship(self) -> bool:
        with self._shipping:
            return self._ship_alone()

    def _ship_alone(self) -> bool:
        try:
            if monotonic() - self._looked_at > SECONDS_BETWEEN_LOOKS:
                ship_abandoned(self._journal.folder)
                self._looked_at = monotonic()
            ship_journal(self._journal, rest=self._finishing.wait)
        except (DatabaseError, InterfaceError, OSError) as error:
            log.warning("audit_shipping_waits", exc_info=error)
            return False
        finally:
            connection.close()
        return True


def _store(lines: bytes, folder: Path) -> None:
    records = lines.rstrip(LINE_END)
    try:
        _insert(records)
    except DatabaseError as error:
        if not _is_about_records(error):
            raise
        for record in records.split(LINE_END):
            _store_or_reject(record, folder)


def _store_or_reject(record: bytes, folder: Path) -> None:
    """A record that no table takes, half a line of a crash perhaps, is kept for people to look at."""
    try:
        _insert(record)
    except DatabaseError as error:
        if not _is_about_records(error):
            raise
        with (folder / REJECTED).open("ab") as rejected:
            rejected.write(record + LINE_END)
        log.critical("audit_record_rejected", exc_info=error)


def _is_about_records(error: DatabaseError) -> bool:
    """Whether it will be the same however often it is tried: bad values, or more than PostgreSQL can take in."""
    return isinstance(error, (DataError, IntegrityError)) or isinstance(error.__cause__, TOO_MUCH)


def _insert(records: bytes) -> None:
    """A line each; JSON has no line ends of its own."""
    fields = AuditEvent._meta.concrete_fields  # noqa: SLF001 - public in Django
    columns = ", ".join(f'"{field.column}"' for field in fields)
    typed = ", ".join(f'"{field.column}" {field.db_type(connection)}' for field in fields)
    statement = f"""
    INSERT INTO {AuditEvent._meta.db_table} ({columns})
    SELECT {columns} FROM jsonb_to_recordset(%s::jsonb) AS record ({typed}) ON CONFLICT (id) DO NOTHING
    """  # noqa: S608, SLF001 - names of our own model
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [f"[{records.replace(LINE_END, b',').decode(errors='replace')}]"])


SHIPPER: Final = Shipper(JOURNAL)
os.register_at_fork(after_in_child=SHIPPER.forget_after_fork)
atexit.register(SHIPPER.finish)
