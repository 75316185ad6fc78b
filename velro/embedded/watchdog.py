"""Ends everything a copy started when its owner dies without a word (kill -9, out of memory).

The kernel's parent-death signal ends the direct children; their own children, temporary directories and the order of
things need somebody who stays. The watchdog reads its standard input: when that closes without `done`, it acts.
"""

import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from velro.embedded.processes import end_processes, kill_marked
from velro.embedded.state import PROJECT_ROOT

SERVER_SECONDS = 10


class Watchdog:
    """The owner's side: starts the watchdog and keeps it informed."""

    def __init__(self, *, lock: int | None = None) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "velro.embedded.watchdog"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=PROJECT_ROOT,
            start_new_session=True,
            pass_fds=[] if lock is None else [lock],
        )

    def guard_mark(self, mark: str) -> None:
        """Every process with this mark ends with the owner."""
        self._tell(f"mark {mark}")

    def guard_server(self, name: str, *, process_id: int, stop_signal: signal.Signals) -> None:
        """This server is stopped in an orderly way after the owner; a later one of the same name takes its place."""
        self._tell(f"server {name} {process_id} {stop_signal.value}")

    def guard_directory(self, directory: Path) -> None:
        """This directory is removed after the owner."""
        self._tell(f"directory {directory}")

    def dismiss(self) -> None:
        """The owner has cleaned up by itself."""
        self._tell("done")
        self._process.communicate(timeout=SERVER_SECONDS)

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101 - narrows the type, it was opened as a pipe
        os.write(self._process.stdin.fileno(), f"{line}\n".encode())


@dataclass(slots=True)
class Charge:
    """What the watchdog ends when the time comes."""

    marks: list[str] = field(default_factory=list)
    servers: dict[str, tuple[psutil.Process, signal.Signals]] = field(default_factory=dict)
    directories: list[Path] = field(default_factory=list)

    def take(self, kind: str, value: str) -> None:
        """Read one line of the owner."""
        match kind:
            case "mark":
                self.marks.append(value)
            case "server":
                name, process_id, number = value.split()
                if psutil.pid_exists(int(process_id)):
                    self.servers[name] = (psutil.Process(int(process_id)), signal.Signals(int(number)))
            case "directory":
                self.directories.append(Path(value))

    def end(self) -> None:
        """Workers first, then the servers they talk to, then what lies on the disk."""
        for mark in self.marks:
            kill_marked(mark)
        for process, stop_signal in self.servers.values():
            if process.is_running():
                end_processes([process], stop_signal=stop_signal, seconds=SERVER_SECONDS)
        for directory in self.directories:
            shutil.rmtree(directory, ignore_errors=True)


def main() -> None:
    """Listen until the owner is done or gone."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    charge = Charge()
    for line in sys.stdin:
        kind, _, value = line.rstrip("\n").partition(" ")
        if kind == "done":
            return
        charge.take(kind, value)
    charge.end()


if __name__ == "__main__":
    main()
