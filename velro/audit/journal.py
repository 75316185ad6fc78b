"""Records of decisions, on their way to the trail: appended to files, shipped from there in batches.

A file is mapped into memory, so that appending copies some bytes and asks the system for nothing: it waits for nobody,
and other threads do not wait for it. What was copied is the kernel's. It outlives the transaction in which the question
was asked, and the process that wrote it. Room is taken before it is needed, so a full disk is an error of whoever asks
for more. That takes the system some milliseconds, so while files fill up faster than they are shipped, the next one is
made beside. What is appended reaches the table at least once, and is there once: by its id. A record that cannot be
written is an error, and with it the decision.

The folder is of one machine. Each process holds its own files in it, by locks that end with the process; whoever
finds a file that nobody holds ships it and removes it.
"""

import os
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from mmap import mmap
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog
from django.conf import settings

from velro.audit.errors import TrailUnavailable

log = structlog.get_logger(__name__)

SUFFIX: Final = ".jsonl"
SEGMENT_BYTES: Final = 8 * 1_048_576
PIECE_BYTES: Final = 262_144
NOTHING: Final = b"\0"
ZEROS: Final = NOTHING * 65_536
LINE_END: Final = b"\n"


class Segment:
    """One file: whole lines, then nothing. Its bytes beyond `end` are zeros."""

    def __init__(self, folder: Path, *, size: int) -> None:
        """Raises OSError where there is no room for so many bytes."""
        self._file, self.path = _locked_file(folder)
        try:
            os.posix_fallocate(self._file, 0, size)
            # What was written is in memory; what was only promised would be fetched when the first bytes are appended.
            for start in range(0, size, len(ZEROS)):
                os.pwrite(self._file, ZEROS[: size - start], start)
            self._bytes = mmap(self._file, size)
        except OSError:
            self.path.unlink(missing_ok=True)
            os.close(self._file)
            raise
        self.size = size
        self.end = self.shipped = 0

    def append(self, lines: bytes) -> bool:
        """Whole lines, if they still fit; returns whether they do."""
        end = self.end + len(lines)
        if end > self.size:
            return False
        self._bytes[self.end : end] = lines
        self.end = end
        return True

    def unshipped(self, most: int) -> bytes:
        """The oldest lines that are not shipped, so many bytes at most; one line at least, if there is any."""
        piece = self._bytes.rfind(LINE_END, self.shipped, min(self.shipped + most, self.end))
        if piece < 0:
            piece = self._bytes.find(LINE_END, self.shipped, self.end)
        return self._bytes[self.shipped : piece + 1]

    def clear(self) -> None:
        """All of it was shipped. Whoever finds the file in between finds it empty already."""
        self._bytes[:1] = NOTHING
        self._bytes[: self.end] = bytes(self.end)
        self.end = self.shipped = 0

    def close(self) -> None:
        """Let go of it, and of the lock."""
        self._bytes.close()
        os.close(self._file)


class Journal:
    """The files of this process. Safe to use from all its threads."""

    def __init__(self, folder: Path, *, segment_bytes: int = SEGMENT_BYTES) -> None:
        self.folder = folder
        self._segment_bytes = segment_bytes
        self._lock = threading.Lock()
        self._segments: deque[Segment] = deque()
        # The next one, if it was made beside.
        self._spare: Segment | None = None
        self._beside = _beside()

    def append(self, lines: bytes) -> None:
        """Write whole lines of JSON in one piece. Raises TrailUnavailable when that fails."""
        with self._lock:
            segments = self._segments
            if not segments or not segments[-1].append(lines):
                segments.append(self._next_segment(len(lines)))
                segments[-1].append(lines)

    @property
    def backlog(self) -> int:
        """How many bytes wait to be shipped."""
        with self._lock:
            return sum(segment.end - segment.shipped for segment in self._segments)

    def unshipped(self, most: int = PIECE_BYTES) -> bytes:
        """The oldest whole lines not confirmed yet, about so many bytes at most. One shipper may ask at a time."""
        with self._lock:
            return self._segments[0].unshipped(most) if self._segments else b""

    def confirm(self, shipped: bytes) -> None:
        """Never give these lines out again."""
        with self._lock:
            oldest = self._segments[0]
            oldest.shipped += len(shipped)
            if oldest.shipped < oldest.end:
                return
            if len(self._segments) == 1:
                oldest.clear()
                return
            self._segments.popleft()
        _remove(oldest)

    def close(self) -> None:
        """Let go of the files. What is in them is left to whoever comes next."""
        self._beside.shutdown()
        with self._lock:
            for segment in self._all():
                if segment.shipped == segment.end:
                    _remove(segment)
                else:
                    segment.close()
            self._segments.clear()
            self._spare = None

    def forget_after_fork(self) -> None:
        """In a child: the files and their locks stay the parent's."""
        self._lock = threading.Lock()
        self._beside = _beside()
        for segment in self._all():
            segment.close()
        self._segments = deque()
        self._spare = None

    def _all(self) -> list[Segment]:
        return [*self._segments, *filter(None, [self._spare])]

    def _next_segment(self, least: int) -> Segment:
        if self._segments:
            # A process that comes to its end starts no more threads, and needs no more room.
            with suppress(RuntimeError):
                self._beside.submit(self._make_spare)
        if self._spare is not None and self._spare.size >= least:
            spare, self._spare = self._spare, None
            return spare
        try:
            return Segment(self.folder, size=max(self._segment_bytes, least))
        except OSError as error:
            log.critical("audit_journal_failed", exc_info=error)
            raise TrailUnavailable from error

    def _make_spare(self) -> None:
        """In the one thread beside, so that nobody else makes another."""
        if self._spare is not None:
            return
        try:
            spare = Segment(self.folder, size=self._segment_bytes)
        except OSError as error:
            # Whoever needs it will try again, and be refused where that fails.
            log.warning("audit_journal_has_no_spare", exc_info=error)
            return
        with self._lock:
            self._spare = spare


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
    content, _, _ = os.pread(file, os.fstat(file).st_size, 0).partition(NOTHING)
    while content:
        whole = content.rfind(LINE_END, 0, PIECE_BYTES) + 1 or content.find(LINE_END) + 1 or len(content)
        yield content[:whole]
        content = content[whole:]


def _beside() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="audit-room")


def _remove(segment: Segment) -> None:
    segment.path.unlink(missing_ok=True)
    segment.close()


def _locked_file(folder: Path) -> tuple[int, Path]:
    """An empty one that nobody else could take for abandoned before it was locked."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        path = folder / f"{uuid4().hex}{SUFFIX}"
        file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
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
