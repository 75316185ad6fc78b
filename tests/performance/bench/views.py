"""Materialized views of a million rows: how long each takes to fill and to refresh, and what its readers notice."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread
from typing import Any, Final

import psycopg
from psycopg.sql import SQL, Identifier
from rich.console import Console
from rich.table import Table

from tests.performance.bench.figures import machine, milliseconds
from tests.performance.bench.wide_tables import change_some, fill_tables
from tests.performance.bench.worlds import run, running_servers

LONGEST_REFRESH_MS: Final = 60_000
# A reader that is blocked waits for the rest of the refresh; a busy machine alone does not make one wait so long.
LONGEST_WAIT_MS: Final = 1_000
BETWEEN_READS: Final = 0.005
# Who reads which rows: the lists and reports that stand on the views.
READS: Final = {
    "mv_user_authorization_context": "team_id = (SELECT id FROM teams_team WHERE id > gen_random_uuid() LIMIT 1)",
    "mv_team_collaboration_patterns": "team_id = (SELECT id FROM teams_team WHERE id > gen_random_uuid() LIMIT 1)",
    "mv_generation_performance_stats": "day = (SELECT current_date - (random() * 100)::int)",
    "mv_cache_performance_analytics": "hour > now() - interval '2 days'",
}
MEASURED: Final = """
SELECT row_count, duration_ms, pg_total_relation_size(to_regclass(name)) / 1048576
  FROM caching_materializedviewrefresh WHERE name = %s AND last_error = ''
"""


@dataclass(slots=True)
class Reader:
    """Somebody who reads a view all the time."""

    view: str
    waits: list[float] = field(default_factory=list)
    is_over: Event = field(default_factory=Event)

    def read_until_over(self, address: str) -> None:
        """Remember how long each reading took."""
        condition = SQL(READS[self.view])
        query = SQL("SELECT count(*) FROM {} WHERE {}").format(Identifier(self.view), condition)
        with psycopg.connect(address, autocommit=True) as connection:
            while not self.is_over.wait(BETWEEN_READS):
                self.waits.append(milliseconds(lambda: connection.execute(query).fetchone()))


@dataclass(frozen=True, slots=True)
class Measured:
    """One view. Waits are the longest of its reader, alone and beside the refresh."""

    view: str
    rows: int
    megabytes: int
    fill_ms: int
    refresh_ms: int
    reads: int
    wait_alone_ms: float
    wait_ms: float


@contextmanager
def reading(view: str, *, address: str) -> Iterator[Reader]:
    """Read the view in a thread as long as this lasts."""
    reader = Reader(view)
    thread = Thread(target=reader.read_until_over, args=[address])
    thread.start()
    try:
        yield reader
    finally:
        reader.is_over.set()
        thread.join()


def bench_views(console: Console, *, rows: int) -> int:
    """Print the table; 1 when a refresh takes too long or a reader waits for it."""
    with (
        tempfile.TemporaryDirectory(prefix="velro-bench-") as folder,
        console.status("Starting servers ...") as status,
        running_servers(Path(folder)) as environment,
        psycopg.connect(environment["DATABASE_URL"]) as connection,
    ):
        started = time.perf_counter()
        fill_tables(connection, rows=rows, tell=status.update)
        console.print(f"tables for views of {rows:,} rows, made in {time.perf_counter() - started:.0f} s: {machine()}")
        fills = {view: _refresh(environment, connection, view) for view in READS}
        change_some(connection)
        status.update("Refreshing ...")
        measured = [_measure(environment, connection, view, fill_ms=fills[view][1]) for view in READS]
        console.print(_table(measured))
        console.print(machine())
    return _report(console, measured)


def _measure(environment: dict[str, str], connection: psycopg.Connection[Any], view: str, *, fill_ms: int) -> Measured:
    address = environment["DATABASE_URL"]
    with reading(view, address=address) as alone:
        time.sleep(2)
    with reading(view, address=address) as reader:
        row_count, refresh_ms, megabytes = _refresh(environment, connection, view)
    return Measured(
        view, row_count, megabytes, fill_ms, refresh_ms, len(reader.waits), max(alone.waits), max(reader.waits)
    )


def _refresh(environment: dict[str, str], connection: psycopg.Connection[Any], view: str) -> tuple[int, int, int]:
    """Rows, milliseconds, megabytes."""
    run(environment, "manage.py", "refresh_views", view)
    found = connection.execute(MEASURED, [view]).fetchone()
    if found is None:
        raise RuntimeError(f"{view} was not refreshed")
    return found[0], found[1], found[2]


def _table(measured: list[Measured]) -> Table:
    headings = ("rows", "MB", "first fill s", "refresh s", "reads", "longest read alone ms", "beside the refresh ms")
    table = Table("view", title="Materialized views, one row in a hundred changed", title_justify="left")
    for heading in headings:
        table.add_column(heading, justify="right")
    for it in measured:
        table.add_row(
            it.view,
            f"{it.rows:,}",
            f"{it.megabytes:,}",
            f"{it.fill_ms / 1000:.1f}",
            f"{it.refresh_ms / 1000:.1f}",
            f"{it.reads:,}",
            f"{it.wait_alone_ms:.1f}",
            f"{it.wait_ms:.1f}",
        )
    return table


def _report(console: Console, measured: list[Measured]) -> int:
    slow = [it.view for it in measured if it.refresh_ms >= LONGEST_REFRESH_MS]
    waiting = [it.view for it in measured if it.wait_ms >= LONGEST_WAIT_MS]
    for view in slow:
        console.print(f"[red]views: slow[/] {view} takes {LONGEST_REFRESH_MS // 1000} s or more")
    for view in waiting:
        console.print(f"[red]views: in the way[/] readers of {view} wait {LONGEST_WAIT_MS / 1000:g} s or more")
    if not slow and not waiting:
        console.print("[green]views: ok[/], each refresh below 60 s, no reader held up")
    return 1 if slow or waiting else 0
