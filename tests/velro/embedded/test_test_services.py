"""The servers of a test run end with it, whatever ends it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.live import PROJECT_ROOT
from tests.velro.embedded.copies import processes_of, still_there

GONE_SECONDS = 30
TEST = """
import os, pathlib, signal
def test_ends_its_own_run():
    pathlib.Path({note!r}).write_text(os.environ["STATE_DIR"])
    os.kill(os.getpid(), signal.{name})
    signal.pause()
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_or_killed_run_leaves_neither_servers_nor_files(tmp_path: Path, number: signal.Signals) -> None:
    note = tmp_path / "note"
    (tmp_path / "test_inner.py").write_text(TEST.format(note=str(note), name=number.name))
    words = ["-m", "pytest", "-q", "-c", os.devnull, "-p", "tests.support.services", "-p", "no:django", str(tmp_path)]
    # An environment of its own: under xdist the inner run would take itself for a worker of the outer one.
    subprocess.run(
        [sys.executable, *words], cwd=PROJECT_ROOT, env={"PATH": os.environ["PATH"]}, capture_output=True, check=False
    )
    state_dir = Path(note.read_text())
    assert still_there(processes_of(state_dir)) == []
    assert is_removed(state_dir)


def is_removed(path: Path) -> bool:
    """Whether the path goes away within the time a watchdog may take."""
    deadline = time.monotonic() + GONE_SECONDS
    while path.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    return not path.exists()
