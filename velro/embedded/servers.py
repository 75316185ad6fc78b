"""Starts, watches and stops one server program, which ends with the process that started it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from velro.embedded.accounts import Account
from velro.embedded.problems import CopyProblem

LAUNCHER = Path(__file__).with_name("launch.py")
POLL_SECONDS = 0.02


class Profile(Enum):
    """What the data is worth: DURABLE survives a power cut, FAST is thrown away after the tests."""

    DURABLE = "durable"
    FAST = "fast"


@dataclass(frozen=True, slots=True)
class ServerPlan:
    """Everything that distinguishes one server from another; `is_ready` gets the process id."""

    name: str
    command: tuple[str, ...]
    account: Account
    log: Path
    stop_signal: signal.Signals
    is_ready: Callable[[int], bool]
    start_seconds: float = 60
    stop_seconds: float = 8


def launched(command: tuple[str, ...], *, account: Account, death_signal: signal.Signals) -> list[str]:
    """The command, run under the account and ended by `death_signal` when the calling thread's process ends."""
    launcher = [sys.executable, "-I", "-S", str(LAUNCHER)]
    return [*launcher, str(death_signal.value), f"{account.user}:{account.group}", str(os.getpid()), *command]


def server_environment() -> dict[str, str]:
    """What a server may know of its surroundings: no secrets, no PG* variables, the same messages everywhere."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


class Server:
    """One running server program. Start it from the main thread: the parent-death signal is tied to the thread."""

    def __init__(self, plan: ServerPlan) -> None:
        self.plan = plan
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def process_id(self) -> int:
        """The id of the started process."""
        assert self._process is not None  # noqa: S101 - asked for only after start()
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the program runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the program and wait until it answers; raise CopyProblem with its last words otherwise."""
        plan = self.plan
        with plan.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - a program from a wheel, arguments of our own
                launched(plan.command, account=plan.account, death_signal=plan.stop_signal),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=server_environment(),
                start_new_session=True,
            )
        deadline = time.monotonic() + plan.start_seconds
        while not plan.is_ready(self._process.pid):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise CopyProblem(f"{plan.name} did not start: {last_words(plan.log)} (more in {plan.log})")
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """Stop the program in its own orderly way, by force when that takes too long."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(self.plan.stop_signal)
        try:
            self._process.wait(self.plan.stop_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def last_words(log: Path) -> str:
    """The last line with something to say, preferring one that names a failure."""
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()[-20:] if line.strip()]
    failures = [line for line in lines if "FATAL" in line or "ERROR" in line or "PANIC" in line]
    return next(reversed(failures or lines), "it said nothing")
