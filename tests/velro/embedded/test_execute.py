"""`exec` brings the servers up for one command, or uses those of a running copy and leaves them running."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.live import PROJECT_ROOT
from tests.velro.embedded.conftest import StartCopy
from tests.velro.embedded.copies import processes_of, ready

CONNECT = "import os, psycopg; psycopg.connect(os.environ['DATABASE_URL']).close(); print(os.environ['DATABASE_URL'])"


def execute(state_dir: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "velro.embedded", "exec", "--", *command],
        cwd=PROJECT_ROOT,
        env={"PATH": os.environ["PATH"], "STATE_DIR": str(state_dir)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_command_finds_its_servers_and_leaves_none_behind(tmp_path: Path) -> None:
    completed = execute(tmp_path, sys.executable, "-c", CONNECT)
    assert (completed.returncode, completed.stdout) == (0, f"postgresql://velro@/velro?host={tmp_path}/sockets\n")
    assert processes_of(tmp_path) == []
    assert not (tmp_path / "services.env").exists()


def test_the_exit_code_is_the_commands_own(tmp_path: Path) -> None:
    assert execute(tmp_path, sys.executable, "-c", "raise SystemExit(9)").returncode == 9


def test_a_command_uses_the_running_copy_and_leaves_it_running(tmp_path: Path, start_copy: StartCopy) -> None:
    copy = start_copy({"web": ready("web")}, variables={}).wait_until_ready()
    assert execute(tmp_path, sys.executable, "-c", CONNECT).returncode == 0
    assert copy.end(signal.SIGINT) == 0
