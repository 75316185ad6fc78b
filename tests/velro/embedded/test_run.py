"""A copy starts as a whole, stops as a whole, and leaves nothing behind whatever ends it."""

import os
import signal
import socket
from pathlib import Path

import pytest

from tests.velro.embedded.conftest import StartCopy
from tests.velro.embedded.copies import DEAF, GRANDCHILD, processes_of, ready, still_there

STUBBORN = ready("stubborn", before=DEAF + GRANDCHILD)
REPORT_END = """
import os, signal, sys
def end(number, frame):
    print("ending")
    sys.exit()
signal.signal(signal.SIGTERM, end)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_stop_signal_ends_every_process_even_deaf_ones_and_their_children(
    start_copy: StartCopy, number: signal.Signals
) -> None:
    copy = start_copy({"web": ready("web"), "stubborn": STUBBORN}).wait_until_ready()
    assert copy.end(number) == 0
    assert len(copy.reported_ids()) == 3
    assert still_there(copy.reported_ids()) == []


def test_a_killed_runner_takes_processes_grandchildren_and_servers_with_it(
    start_copy: StartCopy, tmp_path: Path
) -> None:
    copy = start_copy({"stubborn": STUBBORN}, variables={}).wait_until_ready()
    servers = processes_of(tmp_path)
    assert len(servers) >= 2
    copy.end(signal.SIGKILL)
    assert still_there([*copy.reported_ids(), *servers]) == []
    again = start_copy({"web": ready("web")}, variables={}).wait_until_ready()
    assert again.end(signal.SIGINT) == 0
    assert processes_of(tmp_path) == []


def test_the_ready_line_comes_once_and_only_after_every_process_is_healthy(
    start_copy: StartCopy, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    late = f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists(): time.sleep(0.01)\n"
    copy = start_copy({"web": ready("web"), "late": ready("late", before=late)})
    copy.read_until("web is up")
    gate.touch()
    copy.wait_until_ready()
    assert "  late is up" in copy.lines
    assert copy.end(signal.SIGINT) == 0
    assert copy.lines.count(f"Velro is ready at http://127.0.0.1:{copy.port}") == 1


def test_steps_run_one_after_the_other_before_the_processes(start_copy: StartCopy) -> None:
    steps = {"migrate": 'print("tables")', "seed": 'print("accounts")'}
    copy = start_copy({"web": ready("web")}, steps=steps).wait_until_ready()
    said = [line.partition("| ")[2] for line in copy.lines if "|" in line]
    assert said[:2] == ["tables", "accounts"]
    assert copy.end(signal.SIGINT) == 0


def test_a_failed_step_is_named_in_one_line_and_nothing_stays(start_copy: StartCopy, tmp_path: Path) -> None:
    copy = start_copy({"web": ready("web")}, steps={"migrate": "raise SystemExit(3)"}, variables={})
    assert copy.finish() == (1, "velro: migrate failed with exit code 3; its output is above.\n")
    assert processes_of(tmp_path) == []


def test_processes_stop_in_their_order(start_copy: StartCopy) -> None:
    processes = {name: ready(name, before=REPORT_END) for name in ("web", "worker", "sandbox")}
    copy = start_copy(processes).wait_until_ready()
    assert copy.end(signal.SIGTERM) == 0
    assert [line.split()[0] for line in copy.lines if line.endswith("ending")] == ["web", "worker", "sandbox"]


def test_a_process_that_dies_is_started_again(start_copy: StartCopy) -> None:
    copy = start_copy({"web": ready("web", before=GRANDCHILD)}).wait_until_ready()
    grandchild, first = copy.reported_ids()
    os.kill(first, signal.SIGKILL)
    copy.read_until("web ended with exit code -9")
    assert still_there([grandchild]) == []
    copy.read_until("| pid")
    assert copy.end(signal.SIGINT) == 0


def test_a_process_that_keeps_dying_ends_the_copy_with_one_clear_line(start_copy: StartCopy) -> None:
    copy = start_copy({"web": ready("web"), "worker": "raise SystemExit(7)"})
    code, errors = copy.finish()
    assert (code, errors) == (1, "velro: worker keeps dying (3 times by now); its output says why.\n")
    assert still_there(copy.reported_ids()) == []


def test_a_second_interrupt_does_not_wait_for_the_slow(start_copy: StartCopy) -> None:
    copy = start_copy({"stubborn": STUBBORN, "web": ready("web")}).wait_until_ready()
    copy.process.send_signal(signal.SIGINT)
    copy.read_until("Stopping")
    assert copy.end(signal.SIGINT) == 0
    assert still_there(copy.reported_ids()) == []


def test_a_second_copy_of_the_same_state_directory_is_refused(start_copy: StartCopy) -> None:
    first = start_copy({"web": ready("web")}).wait_until_ready()
    code, errors = start_copy({"web": ready("web")}).finish()
    assert code == 1
    assert errors.startswith(f"velro: A copy with this STATE_DIR is already running (process {first.process.pid}).")
    assert errors.count("\n") == 1
    assert first.end(signal.SIGINT) == 0


def test_two_copies_run_side_by_side(start_copy: StartCopy, tmp_path: Path) -> None:
    copies = [start_copy({"web": ready("web")}, variables={}, state_dir=tmp_path / name) for name in ("one", "two")]
    for copy in copies:
        copy.wait_until_ready()
    assert [copy.end(signal.SIGINT) for copy in copies] == [0, 0]


def test_a_port_in_use_is_refused_before_anything_starts(start_copy: StartCopy, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        code, errors = start_copy({}, variables={}, port=port).finish()
    assert (code, errors) == (1, f"velro: Port {port} is in use. Choose another one: make run PORT={port + 1}\n")
    assert processes_of(tmp_path) == []


def test_a_dead_database_server_is_started_again_in_a_running_copy(start_copy: StartCopy, tmp_path: Path) -> None:
    copy = start_copy({"web": ready("web")}, variables={}).wait_until_ready()
    postmaster = int((tmp_path / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    copy.read_until("PostgreSQL had ended and was started again")
    assert copy.end(signal.SIGINT) == 0
    assert processes_of(tmp_path) == []
