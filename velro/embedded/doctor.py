"""`make doctor`: says what is wrong with this checkout and how to mend it."""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

from velro.compiled.store import folder_of_sources
from velro.embedded.dotenv_files import read_dotenv
from velro.embedded.options import Options, is_port_free
from velro.embedded.ownership import running_owner
from velro.embedded.problems import CopyProblem
from velro.embedded.state import PROJECT_ROOT, StateDirectory

WANTED_PYTHON = (3, 11)
NEEDED_BYTES = 2 * 1024**3
MANAGE_SECONDS = 60
HASH_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; an empty `fix` means it is as it should be."""

    subject: str
    observation: str
    fix: str = ""


def examine(options: Options) -> int:
    """Print every finding; returns 1 when one of them needs mending."""
    findings = list(all_findings(options))
    table = Table("", "What", "Found", "Fix", title="Velro")
    for finding in findings:
        mark = "[red]problem[/]" if finding.fix else "[green]OK[/]"
        table.add_row(mark, finding.subject, finding.observation, finding.fix)
    Console().print(table)
    return 1 if any(finding.fix for finding in findings) else 0


def all_findings(options: Options) -> Iterator[Finding]:
    """Everything worth looking at, from the ground up."""
    yield python_version()
    yield installed_packages()
    yield compiled_modules()
    try:
        state = StateDirectory.open(options.state_dir)
    except CopyProblem as problem:
        yield Finding("state directory", "not usable", str(problem))
        return
    yield Finding("state directory", str(state.root))
    yield disk_space(state)
    owner = running_owner(state.lock_file)
    yield running_copy(state, owner=owner)
    yield port(options, owner=owner)
    yield generation_provider(options)
    if (PROJECT_ROOT / "manage.py").exists():
        yield from django_findings(options, state=state)


def python_version() -> Finding:
    """The lock is resolved for one minor version."""
    found = sys.version.split()[0]
    fix = "" if sys.version_info[:2] == WANTED_PYTHON else "Remove .venv and run 'make run PYTHON=python3.11'."
    return Finding("Python", found, fix)


def installed_packages() -> Finding:
    """Whether the virtual environment was installed from the lock as it is now; the Makefile leaves a stamp."""
    lock = hashlib.sha256((PROJECT_ROOT / "requirements.txt").read_bytes()).hexdigest()[:HASH_DIGITS]
    if (PROJECT_ROOT / ".venv" / "stamps" / f"run-{lock}").exists():
        return Finding("packages", "as locked")
    return Finding("packages", "not installed from the present lock", "Run 'make install'.")


def compiled_modules() -> Finding:
    """Whether those of a web process run as machine code."""
    is_compiled = folder_of_sources().is_dir()
    return Finding("decisions", "compiled" if is_compiled else "as Python, more slowly ('make install' says why)")


def disk_space(state: StateDirectory) -> Finding:
    """Rendered media and the database's journal need room."""
    free = shutil.disk_usage(state.root).free
    fix = "" if free >= NEEDED_BYTES else "Make room, or name another disk with STATE_DIR=..."
    return Finding("disk space", f"{free / 1024**3:.1f} GiB free", fix)


def running_copy(state: StateDirectory, *, owner: int | None) -> Finding:
    """Up, down, or left behind by a copy that was killed."""
    if owner is not None:
        return Finding("copy", f"running as process {owner}")
    if state.services_file.exists():
        return Finding("copy", "was killed", "Run 'make run': it clears what was left behind.")
    return Finding("copy", "not running")


def port(options: Options, *, owner: int | None) -> Finding:
    """The port is free, or it is this copy that has it."""
    if is_port_free(options.port):
        return Finding("port", f"{options.port} is free")
    if owner is not None:
        return Finding("port", f"{options.port} is in use, this copy runs")
    return Finding("port", f"{options.port} is in use", f"make run PORT={options.port + 1}")


def generation_provider(options: Options) -> Finding:
    """Who does the work."""
    return Finding("generations", "FAL sandbox" if options.has_sandbox else "fal.ai, at its prices")


def django_findings(options: Options, *, state: StateDirectory) -> Iterator[Finding]:
    """What Django says about its settings and, where the database is reachable, about its migrations."""
    addresses = read_dotenv(state.services_file) if running_owner(state.lock_file) else {}
    environment = addresses | dict(options.environment) | {"STATE_DIR": str(state.root)}
    if not environment.get("DATABASE_URL"):
        yield Finding("migrations", "not looked at, the copy does not run")
        return
    production = ["--deploy", "--fail-level", "WARNING"] if environment.get("VELRO_ENV") == "production" else []
    yield django_command("settings", ["check", *production], environment=environment, fix="Mend what it names.")
    yield django_command("migrations", ["migrate", "--check"], environment=environment, fix="Run 'make migrate'.")


def django_command(subject: str, words: list[str], *, environment: dict[str, str], fix: str) -> Finding:
    """Run a manage.py command and report its last words."""
    completed = subprocess.run(  # noqa: S603 - words of our own
        [sys.executable, "manage.py", *words],
        cwd=PROJECT_ROOT,
        env=dict(os.environ) | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=MANAGE_SECONDS,
    )
    lines = (completed.stderr + completed.stdout).strip().splitlines() or ["nothing pending"]
    return Finding(subject, lines[-1], "" if completed.returncode == 0 else fix)
