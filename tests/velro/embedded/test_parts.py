"""The small decisions: restarts, options, dotenv files, output to a reader that stalls, the help texts."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.live import PROJECT_ROOT
from velro.embedded.dotenv_files import ensure_keys, read_dotenv, write_dotenv
from velro.embedded.options import Options, positive_number
from velro.embedded.output import Output
from velro.embedded.plan import process_plans, shared_environment
from velro.embedded.problems import CopyProblem
from velro.embedded.restarts import DeathRecord, RestartPolicy
from velro.embedded.state import StateDirectory


def options(tmp_path: Path, **environment: str) -> Options:
    return Options(8011, tmp_path, 1, 16, 4, environment)


def test_waits_double_up_to_a_limit_and_too_many_deaths_are_final() -> None:
    record = DeathRecord(RestartPolicy(first_wait=1, longest_wait=3, deaths=4, window=60))
    assert [record.wait_after_death(now=float(second)) for second in range(4)] == [1, 2, 3, None]


def test_deaths_long_ago_are_forgiven() -> None:
    record = DeathRecord(RestartPolicy(first_wait=1, deaths=2, window=60))
    assert [record.wait_after_death(now=now) for now in (0.0, 100.0, 200.0)] == [1, 1, 1]


@pytest.mark.parametrize("value", ["0", "-1", "65536", "http", "8 000", "٨"])
def test_a_port_that_cannot_be_meant_is_refused(value: str) -> None:
    with pytest.raises(CopyProblem, match="PORT must be a whole number from 1 to 65535"):
        positive_number({"PORT": value}, "PORT", default=8000, highest=65_535)


def test_dotenv_values_come_back_as_they_were(tmp_path: Path) -> None:
    values = {"PLAIN": "x", "HARD": """it's "quoted" $HOME #no \\ comment""", "EMPTY": ""}
    write_dotenv(tmp_path / "some.env", values)
    assert read_dotenv(tmp_path / "some.env") == values
    assert (tmp_path / "some.env").stat().st_mode & 0o777 == 0o600


def test_development_keys_are_made_once(tmp_path: Path) -> None:
    path = tmp_path / "secrets.env"
    ensure_keys(path)
    first = read_dotenv(path)
    ensure_keys(path)
    assert read_dotenv(path) == first
    assert first.keys() == {"SECRET_KEY", "ENCRYPTION_KEY"}


def test_a_fal_key_replaces_the_sandbox(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path)
    real, sandboxed = options(tmp_path, FAL_KEY="key"), options(tmp_path)
    assert "sandbox" not in [plan.name for plan in process_plans(real, state=state, sandbox_port=9)]
    assert "sandbox" in [plan.name for plan in process_plans(sandboxed, state=state, sandbox_port=9)]
    assert "FAL_QUEUE_URL" not in shared_environment(real, state=state, addresses={}, sandbox_port=9)
    shared = shared_environment(sandboxed, state=state, addresses={}, sandbox_port=9)
    assert shared["FAL_JWKS_URL"] == "http://127.0.0.1:9/.well-known/jwks.json"


def test_what_the_caller_chose_is_not_overruled(tmp_path: Path) -> None:
    chosen = options(tmp_path, PUBLIC_URL="https://velro.example")
    shared = shared_environment(chosen, state=StateDirectory(tmp_path), addresses={}, sandbox_port=9)
    assert shared["PUBLIC_URL"] == "https://velro.example"


def test_every_process_together_stops_within_thirty_seconds(tmp_path: Path) -> None:
    plans = process_plans(options(tmp_path), state=StateDirectory(tmp_path), sandbox_port=9)
    stages = {plan.stop_order for plan in plans}
    longest = sum(max(plan.stop_seconds for plan in plans if plan.stop_order == stage) for stage in stages)
    servers_seconds = 8
    assert longest + servers_seconds < 30


def test_a_reader_that_stalls_holds_up_nobody() -> None:
    read_end, write_end = os.pipe()
    output = Output(descriptor=write_end)
    for _ in range(40_000):
        output.relay("web", b"x" * 80)
    os.close(read_end)
    output.close()
    os.close(write_end)


def test_lines_carry_the_name_of_their_process() -> None:
    read_end, write_end = os.pipe()
    output = Output(descriptor=write_end)
    output.relay("web", b"hello")
    output.close()
    assert os.read(read_end, 100) == b"web      | hello\n"
    os.close(read_end)
    os.close(write_end)


def test_a_state_directory_that_cannot_be_written_is_one_clear_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CopyProblem, match=r"Cannot write to .*\. Name another directory with STATE_DIR"):
        StateDirectory.open(tmp_path / "file" / "below")


@pytest.mark.parametrize("command", [[], ["run"], ["exec"], ["doctor"]])
def test_every_command_explains_itself(command: list[str]) -> None:
    words = [sys.executable, "-m", "velro.embedded", *command, "--help"]
    completed = subprocess.run(words, cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert completed.stdout.startswith("usage: python -m velro.embedded")


def test_the_doctor_names_the_problem_and_its_fix(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        completed = subprocess.run(
            [sys.executable, "-m", "velro.embedded", "doctor"],
            cwd=PROJECT_ROOT,
            env={"PATH": os.environ["PATH"], "STATE_DIR": str(tmp_path), "PORT": str(port), "COLUMNS": "200"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert completed.returncode == 1
    assert f"{port} is in use" in completed.stdout
    assert f"make run PORT={port + 1}" in completed.stdout
