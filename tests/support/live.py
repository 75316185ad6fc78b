"""A whole running copy (web, worker, beat, sandbox, servers) for the tests that need the real thing."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

PROJECT_ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 120
STOP_SECONDS = 30


@dataclass(frozen=True, slots=True)
class LiveCopy:
    """Where the copy is reached, where it keeps its state, and what it printed so far."""

    base_url: str
    state_dir: Path
    log: Path
    process_id: int


@pytest.fixture(scope="session")
def live_copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveCopy]:
    """Start `python -m velro.embedded run` as a person would, wait for its ready line, stop it with Ctrl-C's signal."""
    directory = tmp_path_factory.mktemp("live")
    port = free_port()
    log = directory / "output.log"
    variables = {"PATH": os.environ["PATH"], "HOME": str(directory), "PORT": str(port)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "velro.embedded", "run"],
            cwd=PROJECT_ROOT,
            env=variables | {"STATE_DIR": str(directory / "state")},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        base_url = f"http://127.0.0.1:{port}"
        wait_until_ready(process, log=log, base_url=base_url)
        yield LiveCopy(base_url, directory / "state", log, process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(STOP_SECONDS) == 0


def wait_until_ready(process: subprocess.Popen[bytes], *, log: Path, base_url: str) -> None:
    """Wait for the ready line; fail with the copy's own words when it ends or takes too long."""
    deadline = time.monotonic() + READY_SECONDS
    while f"Velro is ready at {base_url}\n" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            pytest.fail(f"The copy did not become ready:\n{log.read_text()[-4000:]}")
        time.sleep(0.1)


def free_port() -> int:
    """A TCP port nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
