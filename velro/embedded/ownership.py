"""One owner per state directory: two starters of the same copy never race."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from velro.embedded.problems import CopyProblem

# How long the watchdog of a killed copy may take to end what the copy left behind.
CLEANING_SECONDS = 25
POLL_SECONDS = 0.05


@contextmanager
def owned(lock_file: Path) -> Iterator[int]:
    """Own the state directory for the time of the block; yields the lock's descriptor, for the watchdog to keep."""
    descriptor = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        wait_for_lock(descriptor)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield descriptor
    finally:
        os.close(descriptor)


def wait_for_lock(descriptor: int) -> None:
    """Take the lock at once, or wait while only the watchdog of a killed owner still holds it."""
    deadline = time.monotonic() + CLEANING_SECONDS
    while not is_taken(descriptor):
        owner = int(os.pread(descriptor, 32, 0) or b"0")
        if is_alive(owner) or time.monotonic() > deadline:
            raise CopyProblem(
                f"A copy with this STATE_DIR is already running (process {owner}). "
                "Stop it first, or start another one with STATE_DIR=... and PORT=..."
            )
        time.sleep(POLL_SECONDS)


def is_taken(descriptor: int) -> bool:
    """Try to take the lock without waiting."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def is_alive(process_id: int) -> bool:
    """Whether a process of this id exists; 0 stands for an owner that has not written its id yet."""
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def running_owner(lock_file: Path) -> int | None:
    """The process that owns the copy now, without disturbing it; None when nobody does."""
    if not lock_file.exists():
        return None
    descriptor = os.open(lock_file, os.O_RDONLY)
    try:
        return None if is_taken(descriptor) else int(os.pread(descriptor, 32, 0) or b"0")
    finally:
        os.close(descriptor)
