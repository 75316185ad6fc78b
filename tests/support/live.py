"""A whole running copy (web, worker, beat, sandbox, servers) for the tests that need the real thing."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.rates import UNLIMITED
from velro.embedded.dotenv_files import read_dotenv

PROJECT_ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 120
STOP_SECONDS = 30
# An empty value wins over a developer's .env, so tests never touch servers or keys they did not bring.
NOTHING_OF_THE_DEVELOPER = dict.fromkeys(("FAL_KEY", "DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"), "")
AS_A_PERSON = ("velro.embedded", "run")


@dataclass(frozen=True, slots=True)
class LiveCopy:
    """Where the copy is reached, where it keeps its state, and what it printed so far."""

    base_url: str
    state_dir: Path
    log: Path
    process_id: int

    @property
    def addresses(self) -> dict[str, str]:
        """DATABASE_URL, REDIS_URL, FAL_QUEUE_URL and the like, while it runs."""
        return read_dotenv(self.state_dir / "services.env")


@contextmanager
def running_copy(directory: Path, *, module: Sequence[str] = AS_A_PERSON) -> Iterator[LiveCopy]:
    """Start a copy, wait for its ready line, stop it with Ctrl-C's signal.

    `module` is what follows `python -m`. Raises RuntimeError with the copy's own words when it does not become ready.
    """
    port, log = free_port(), directory / "output.log"
    variables = NOTHING_OF_THE_DEVELOPER | {"PATH": os.environ["PATH"], "HOME": str(directory), "PORT": str(port)}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            cwd=PROJECT_ROOT,
            env=variables | UNLIMITED | {"STATE_DIR": str(directory / "state")},
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


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole copies are slow to start: their tests go first, so that none is left for the end."""
    items.sort(key=lambda item: item.get_closest_marker("live") is None)


@pytest.fixture(scope="session")
def live_copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveCopy]:
    """The copy that `make run` starts."""
    with running_copy(tmp_path_factory.mktemp("live")) as copy:
        yield copy


def wait_until_ready(process: subprocess.Popen[bytes], *, log: Path, base_url: str) -> None:
    """Wait for the ready line. Raises RuntimeError when the copy ends or takes too long."""
    deadline = time.monotonic() + READY_SECONDS
    while f"Velro is ready at {base_url}\n" not in log.read_text(errors="replace"):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The copy did not become ready:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.1)


def free_port() -> int:
    """A TCP port nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
