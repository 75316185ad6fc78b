"""Finds and ends processes that belong to a copy, whatever became of their parents."""

import contextlib
import signal
from collections.abc import Iterable
from pathlib import Path

import psutil

# Every process of a copy inherits this variable, `<run id>:<name>`, and so do its children however they were started.
MARK = "VELRO_PROCESS_MARK"


def marked_processes(mark: str) -> list[psutil.Process]:
    """Every live process whose mark starts with `mark`, the caller excepted."""
    own = psutil.Process()
    return [
        process
        for process in psutil.process_iter(["environ"])
        if process != own and (process.info["environ"] or {}).get(MARK, "").startswith(mark)
    ]


def kill_marked(mark: str) -> None:
    """SIGKILL every marked process until none is left; a parent may fork while it is being looked for."""
    while found := [process for process in marked_processes(mark) if process.status() != psutil.STATUS_ZOMBIE]:
        for process in found:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(found, timeout=1)


def processes_in(directory: Path, *, name: str) -> list[psutil.Process]:
    """Server processes called `name` that work in `directory`; both servers change into their data directory."""
    return [
        process
        for process in psutil.process_iter(["name", "cwd"])
        if process.info["name"] == name and process.info["cwd"] == str(directory)
    ]


def end_processes(processes: Iterable[psutil.Process], *, stop_signal: signal.Signals, seconds: float) -> None:
    """Ask with `stop_signal`, wait, and SIGKILL what is still there."""
    alive = list(processes)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(stop_signal)
    _, alive = psutil.wait_procs(alive, timeout=seconds)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=seconds)
