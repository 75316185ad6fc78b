"""Cost against data size: worlds of three sizes, all up at once and asked in turn, so that what disturbs hits each."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

import psycopg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.performance.bench.decisions import SIZES as OF_DECISIONS
from tests.performance.bench.figures import machine
from tests.performance.bench.growth_report import Grown, Turn, chart, computed, growth_table, report_growth
from tests.performance.bench.http_load.runner import shown_step
from tests.performance.bench.worlds import WorldSize, running_world
from tests.support.live import PROJECT_ROOT

SIZES: Final = (*OF_DECISIONS, WorldSize(100_000, 10_000, 1_000_000))
# Of each kind, each time a world is asked.
DECISIONS: Final = 20
# What the server would else do by itself while others are measured.
TIDY_UP: Final = ("VACUUM (ANALYZE)", "CHECKPOINT")
PROCESS: Final = (sys.executable, "-m", "tests.performance.bench.growth_process", str(DECISIONS))

Asked = Callable[[], Turn]


def bench_growth(console: Console, *, rounds: int) -> int:
    """Print the table and the plot; 1 when a decision costs more in a larger world."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with ExitStack() as stack, Progress(*columns, console=console, transient=True) as progress:
        worlds = [stack.enter_context(_asked_world(progress, size)) for size in SIZES]
        console.print(f"{', '.join(f'{size.generations:,}' for size in SIZES)} generations: {machine()}")
        turns = _turns(progress, worlds, number=max(rounds // DECISIONS, 1))
    console.print(machine())
    names = [f"{size.generations:,}" for size in SIZES]
    rows = list(_rows(turns))
    console.print(growth_table(rows, sizes=names))
    console.print(computed(turns))
    console.print(chart(rows, sizes=names), markup=False, highlight=False, soft_wrap=True)
    return report_growth(console, rows)


@contextmanager
def _asked_world(progress: Progress, size: WorldSize) -> Iterator[Asked]:
    started = time.perf_counter()
    with ExitStack() as stack:
        with shown_step(progress, f"Making {size}"):
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="velro-bench-"))
            environment = stack.enter_context(running_world(Path(folder), size))
            with psycopg.connect(environment["DATABASE_URL"], autocommit=True) as connection:
                for statement in TIDY_UP:
                    connection.execute(statement)
        progress.console.print(f"{size}: made in {time.perf_counter() - started:.0f} s")
        yield stack.enter_context(_asking(environment))


@contextmanager
def _asking(environment: Mapping[str, str]) -> Iterator[Asked]:
    """A process that asks this world. Raises subprocess.CalledProcessError when it ends before it has answered."""
    with subprocess.Popen(
        PROCESS, cwd=PROJECT_ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def ask() -> Turn:
            assert process.stdin is not None
            assert process.stdout is not None
            print(file=process.stdin, flush=True)
            answer = process.stdout.readline()
            if not answer:
                raise subprocess.CalledProcessError(process.wait(), PROCESS)
            found: Turn = json.loads(answer)
            return found

        yield ask


def _turns(progress: Progress, worlds: Sequence[Asked], *, number: int) -> list[list[Turn]]:
    """So many of each world, one world after the other; the first of each warmed up and is left out."""
    bar = progress.add_task("Asking each in turn", total=(number + 1) * len(worlds))
    turns: list[list[Turn]] = [[] for _ in worlds]
    for _ in range(number + 1):
        for asked, found in zip(worlds, turns, strict=True):
            found.append(asked())
            progress.advance(bar)
    return [found[1:] for found in turns]


def _rows(worlds: Sequence[Sequence[Turn]]) -> Iterator[Grown]:
    for section, names in worlds[0][0]["spent"].items():
        for name in names:
            values = [[it for turn in turns for it in turn["spent"][section][name]] for turns in worlds]
            yield Grown(section, name, values)
