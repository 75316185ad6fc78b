"""Starts stand-in copies as processes of their own, and looks at what they leave behind."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.support.live import PROJECT_ROOT

READY = 'import os, pathlib\npathlib.Path(os.environ["READY_DIR"], "{name}").touch()\nprint("pid", os.getpid())\n'
WAIT = "import signal\nsignal.pause()\n"
DEAF = "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
# A grandchild in a session of its own: neither the process group nor the parent's death reaches it.
GRANDCHILD = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)
print("pid", child.pid)
"""
NO_SERVERS = {"DATABASE_URL": "elsewhere", "REDIS_URL": "elsewhere", "CELERY_BROKER_URL": "elsewhere"}
GONE_SECONDS = 30


def ready(name: str, *, before: str = "", after: str = WAIT) -> str:
    """The code of a process that becomes healthy and stays."""
    return before + READY.replace("{name}", name) + after


@dataclass(slots=True)
class StandInCopy:
    """A stand-in copy that is about to start, or runs."""

    state_dir: Path
    processes: Mapping[str, str]
    steps: Mapping[str, str]
    variables: Mapping[str, str]
    port: int
    lines: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] = field(init=False)

    def start(self) -> "StandInCopy":
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.velro.embedded.stand_in_copy", self._group()],
            cwd=PROJECT_ROOT,
            env=self._environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        return self

    def _group(self) -> str:
        return json.dumps({"steps": dict(self.steps), "processes": dict(self.processes)})

    def _environment(self) -> dict[str, str]:
        own = {"PATH": os.environ["PATH"], "PORT": str(self.port), "STATE_DIR": str(self.state_dir)}
        return {**own, **self.variables}

    def abandon(self) -> None:
        """End the copy, whatever state a failed test left it in."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()

    def read_until(self, text: str) -> str:
        """The first line that contains the text; the test fails when the copy ends before it."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))
            if text in line:
                return self.lines[-1]
        raise AssertionError([*self.lines, self.process.communicate()[1]])

    def wait_until_ready(self) -> "StandInCopy":
        self.read_until("Velro is ready at")
        return self

    def end(self, number: signal.Signals) -> int:
        """Send the signal and wait; the rest of the output is in `lines` afterwards."""
        self.process.send_signal(number)
        return self.finish()[0]

    def finish(self) -> tuple[int, str]:
        """Wait for the end; returns exit code and standard error."""
        output, errors = self.process.communicate(timeout=GONE_SECONDS)
        self.lines += output.splitlines()
        return self.process.returncode, errors

    def reported_ids(self) -> list[int]:
        """The ids the processes printed about themselves and their children."""
        return [int(found[1]) for line in self.lines if (found := re.search(r"\| pid (\d+)$", line))]


def still_there(process_ids: list[int]) -> list[int]:
    """Those of the processes that have not ended within the time any copy may take."""
    deadline = time.monotonic() + GONE_SECONDS
    while (alive := [number for number in process_ids if is_running(number)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return alive


def is_running(process_id: int) -> bool:
    try:
        return psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def processes_of(state_dir: Path) -> list[int]:
    """Every server and watchdog that works for this state directory."""
    return [
        process.pid
        for process in psutil.process_iter(["cwd", "cmdline"])
        if str(state_dir) in f"{process.info['cwd']} {process.info['cmdline']}" and process.pid != os.getpid()
    ]
