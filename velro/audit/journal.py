"""Records of decisions, on their way to the trail: appended to a file, shipped from there in batches.

One `write` a question costs microseconds and waits for nobody; it outlives the transaction in which the question was
asked, and the process that wrote it. What is appended reaches the table at least once, and is there once: by its id.
A record that cannot be written is an error, and with it the decision.

The folder is of one machine. Each process holds its own file in it, by a lock that ends with the process; whoever
finds a file that nobody holds ships it and removes it.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog
from django.conf import settings

from velro.errors import VelroError

log = structlog.get_logger(__name__)

SUFFIX: Final = ".jsonl"
READ_BYTES: Final = 1_048_576
LONGEST_SHIPPED_BYTES: Final = 8 * READ_BYTES


class TrailUnavailable(VelroError):
    """Nothing is given away that leaves no trace."""

    code = "trail_unavailable"
    status = 503
    title = "What would be decided cannot be recorded at the moment"


class Journal:
    """The file of this process. Safe to use from all its threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._file: int | None = None
        self._path: Path | None = None
        self._end = self._shipped = 0

    def append(self, lines: bytes) -> None:
        """Write whole lines of JSON in one piece. Raises TrailUnavailable when that fails."""
        try:
            with self._lock:
                self._write(lines)
        except OSError as error:
            log.critical("audit_journal_failed", exc_info=error)
            raise TrailUnavailable from error

    def pending(self) -> bool:
        """Whether something waits to be shipped."""
        return self._end > self._shipped

    def unshipped(self) -> bytes:
        """The oldest whole lines not confirmed yet, about a megabyte at most. One shipper may ask at a time."""
        with self._lock:
            return _whole_lines(self._file, self._shipped) if self._file is not None and self.pending() else b""

    def confirm(self, shipped: bytes) -> None:
        """Never give these lines out again. What was shipped does not stay on the disk for long."""
        with self._lock:
            self._shipped += len(shipped)
            if self._file is not None and (self._shipped == self._end or self._shipped > LONGEST_SHIPPED_BYTES):
                self._start_anew(self._file)

    def close(self) -> None:
        """Let go of the file. What is in it is left to whoever comes next."""
        with self._lock:
            if self._file is not None and self._path is not None:
                if not self.pending():
                    self._path.unlink(missing_ok=True)
                os.close(self._file)
            self._file, self._path, self._end, self._shipped = None, None, 0, 0

    def forget_after_fork(self) -> None:
        """In a child: the file and its lock stay the parent's."""
        self._lock = threading.Lock()
        if self._file is not None:
            os.close(self._file)
        self._file, self._path, self._end, self._shipped = None, None, 0, 0

    def _write(self, lines: bytes) -> None:
        if self._file is None:
            self._file, self._path = _new_file(self.folder)
        written = os.write(self._file, lines)
        if written != len(lines):
            os.ftruncate(self._file, self._end)
            raise OSError("the disk took a part of the records only")
        self._end += written

    def _start_anew(self, file: int) -> None:
        """Keep what is not shipped: nothing mostly, little at most. A death in between leaves it in both files."""
        rest = os.pread(file, self._end - self._shipped, self._shipped)
        if not rest:
            os.ftruncate(file, 0)
            self._end = self._shipped = 0
        elif len(rest) <= READ_BYTES:
            anew, path = _new_file(self.folder)
            os.write(anew, rest)
            if self._path is not None:
                self._path.unlink(missing_ok=True)
            os.close(file)
            self._file, self._path, self._end, self._shipped = anew, path, len(rest), 0


@contextmanager
def abandoned_file(path: Path) -> Iterator[int | None]:
    """The open file of a process that is no more, locked; None while somebody holds it."""
    try:
        file = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        yield None
        return
    try:
        flock(file, LOCK_EX | LOCK_NB)
        yield file
    except BlockingIOError:
        yield None
    finally:
        os.close(file)


def lines_of(file: int) -> Iterator[bytes]:
    """All that is in a file, in pieces of whole lines; at last what may be left of a line that was cut off."""
    offset = 0
    while lines := _whole_lines(file, offset):
        offset += len(lines)
        yield lines
    if rest := os.pread(file, READ_BYTES, offset):
        yield rest


def _whole_lines(file: int, offset: int) -> bytes:
    piece = os.pread(file, READ_BYTES, offset)
    while piece and b"\n" not in piece:
        more = os.pread(file, READ_BYTES, offset + len(piece))
        if not more:
            return b""
        piece += more
    return piece[: piece.rfind(b"\n") + 1]


def _new_file(folder: Path) -> tuple[int, Path]:
    """A file that nobody else could take for abandoned before it was locked."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        path = folder / f"{uuid4().hex}{SUFFIX}"
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_APPEND, 0o600)
        try:
            flock(file, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            os.close(file)
            continue
        if os.fstat(file).st_nlink:
            return file, path
        os.close(file)


JOURNAL: Final = Journal(settings.AUDIT_JOURNAL_FOLDER)
os.register_at_fork(after_in_child=JOURNAL.forget_after_fork)
