"""The load part of the bench: decisions over HTTP, beside what the machine can do without deciding anything."""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson
import psutil
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tests.performance.bench.figures import machine
from tests.performance.bench.http_load.constant import BODY
from tests.performance.bench.http_load.pairs import Person
from tests.performance.bench.http_load.report import figures_table, report_faults
from tests.performance.bench.http_load.runner import (
    Runner,
    raise_file_limit,
    running_generator,
    running_responder,
    shown_step,
)
from tests.performance.bench.http_load.scenarios import (
    CONNECTIONS,
    CROWD,
    ONE_QUESTION,
    UnderLoad,
    loads_on_velro,
    yardstick,
)
from tests.performance.bench.http_load.targets import SERVERS, WEB, Kind, Measured, targets_table
from tests.performance.bench.http_load.web_servers import BARE, EMPTY, VELRO, Entry, running_web
from tests.performance.bench.worlds import WorldSize, run, running_world
from tests.support.rates import QUOTA
from velro.embedded.options import Options

SIZE: Final = WorldSize(1_000, 100, 20_000)
LOG_LEVEL: Final = os.environ.get("LOG_LEVEL") or "INFO"
# Tokens live as long as the bench; everything else is as a copy has it, but for the limits.
ENVIRONMENT: Final = {"LOG_LEVEL": LOG_LEVEL, "JWT_ACCESS_LIFETIME": "3600"}
# Beside the connections: libraries, logs, the database.
OTHER_FILES: Final = 500
CONDITIONS: Final = (
    f"One web process of {Options.read().web_threads} threads (WEB_THREADS), started as `make run` starts it; RS256 "
    f"tokens; log at {LOG_LEVEL}, to a file. Rate limits are on and high: {QUOTA:,} an hour of one address and of one "
    "person (RATE_LIMIT_PER_IP, RATE_LIMIT_PER_USER)."
)
# Granian reads its options from there too, where the command line is silent: such a run is not that of `make run`.
OWN_OPTIONS: Final = [f"{name}={value}" for name, value in sorted(os.environ.items()) if name.startswith("GRANIAN_")]


def bench_http(console: Console, *, seconds: float) -> int:
    """Print the tables; 1 when answers were wrong, or could not be measured."""
    files = raise_file_limit()
    has_crowd = files >= CROWD + OTHER_FILES
    console.print(" ".join([CONDITIONS, *OWN_OPTIONS]))
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with (
        tempfile.TemporaryDirectory(prefix="velro-bench-") as folder,
        Progress(*columns, console=console, transient=True) as progress,
    ):
        rows = _measure(Path(folder), progress, seconds=seconds, has_crowd=has_crowd)
    console.print(figures_table(rows))
    console.print(targets_table(rows))
    console.print(machine())
    if not has_crowd:
        console.print(
            f"[red]http: not measured[/] {CROWD:,} connections: no more than {files:,} open files (ulimit -Hn)"
        )
    return max(report_faults(console, rows), int(not has_crowd))


@dataclass(frozen=True, slots=True)
class Machine:
    """What all servers of a run have in common. `servers` are the processes of PostgreSQL and Valkey."""

    folder: Path
    environment: Mapping[str, str]
    servers: list[int]
    runner: Runner
    seconds: float

    @contextmanager
    def serving(self, entry: Entry) -> Iterator[UnderLoad]:
        """Start a web server around this entry."""
        with running_web(entry, environment=self.environment, log=self.folder / "web.log") as web:
            yield UnderLoad(web.port, self.runner, self.seconds, {WEB: [web.process_id], SERVERS: self.servers})


def _measure(folder: Path, progress: Progress, *, seconds: float, has_crowd: bool) -> list[Measured]:
    with ExitStack() as stack:
        with shown_step(progress, f"Making {SIZE}"):
            environment = stack.enter_context(running_world(folder, SIZE)) | ENVIRONMENT
        servers = [child.pid for child in psutil.Process().children()]
        with shown_step(progress, "Opening sessions"):
            found = orjson.loads(run(environment, "-m", "tests.performance.bench.http_load.people_process"))
        machine = Machine(folder, environment, servers, stack.enter_context(running_generator(progress)), seconds)
        rows = [_generator_alone(machine)]
        for entry, kind in ((BARE, Kind.BARE), (EMPTY, Kind.EMPTY)):
            with machine.serving(entry) as under:
                rows += yardstick(under, kind)
        with machine.serving(VELRO) as under:
            rows += loads_on_velro(under, [Person.read(it) for it in found], beside=rows, has_crowd=has_crowd)
    return rows


def _generator_alone(machine: Machine) -> Measured:
    number = CONNECTIONS[-1]
    with running_responder(BODY) as port:
        under = UnderLoad(port, machine.runner, machine.seconds, {WEB: [], SERVERS: []})
        return Measured(Kind.GENERATOR, number, under.run(Kind.GENERATOR, ONE_QUESTION, connections=number))
