"""Decisions in a large world: two sizes side by side, with the targets, and no plan that reads all of a large table."""

import json
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

from rich.console import Console
from rich.table import Table

from tests.performance.bench.figures import machine, percentiles
from tests.performance.bench.worlds import WorldSize, figures_of, running_world

SIZES: Final = (WorldSize(1_000, 100, 10_000), WorldSize(10_000, 1_000, 100_000))
# Of p50 and p99, in milliseconds.
TARGETS: Final[Mapping[str, tuple[float | None, float | None]]] = {
    "decision": (3, 15),
    "list page": (30, None),
    "explain": (50, None),
}

Row = Mapping[str, Any]
Figures = Mapping[str, Any]


def bench_decisions(console: Console, *, rounds: int, raw: IO[str] | None) -> int:
    """Print the tables; 1 when a statement reads all of a large table."""
    worlds = [measured_world(console, size, rounds=rounds) for size in SIZES]
    if raw:
        json.dump(worlds, raw, indent=1)
    console.print(times_table([world["rows"] for world in worlds]))
    console.print(layers_table([world["layers"] for world in worlds]))
    return report_whole_reads(console, worlds)


def measured_world(console: Console, size: WorldSize, *, rounds: int) -> Figures:
    """Make a world of this size, measure it, and throw it away."""
    with (
        tempfile.TemporaryDirectory(prefix="velro-bench-") as folder,
        console.status(f"Making {size} ..."),
        running_world(Path(folder), size) as environment,
    ):
        console.print(f"{size}: {machine()}")
        figures: Figures = figures_of(environment, rounds=rounds)
        return figures


def times_table(worlds: Sequence[Sequence[Row]]) -> Table:
    """A row per measurement, two columns per size."""
    table = Table(title="Milliseconds, by size of the world", title_justify="left")
    for heading in ("", "", *(f"{size.generations:,}: {name}" for size in SIZES for name in ("p50", "p99")), "target"):
        table.add_column(heading, justify="left" if not heading else "right")
    section = ""
    for rows in zip(*worlds, strict=True):
        row = rows[0]
        if row["section"] != section:
            table.add_section()
        cells = [cell for it in rows for cell in _cells(it)]
        table.add_row(row["section"] if row["section"] != section else "", row["name"], *cells, _target(row))
        section = row["section"]
    return table


def _cells(row: Row) -> list[str]:
    targets = TARGETS.get(row["section"], (None, None))
    found = percentiles(row["milliseconds"])
    return [
        _shown(value) if target is None else f"[{'green' if value < target else 'red'}]{_shown(value)}[/]"
        for value, target in zip((found.p50, found.p99), targets, strict=True)
    ]


def _shown(value: float) -> str:
    return f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"


def _target(row: Row) -> str:
    limits = zip(("p50", "p99"), TARGETS.get(row["section"], ()), strict=False)
    return ", ".join(f"{name} < {limit:g}" for name, limit in limits if limit is not None)


def layers_table(worlds: Sequence[Sequence[Row]]) -> Table:
    """Layers of the decisions above, each against its budget."""
    table = Table(title="Layers, milliseconds", title_justify="left")
    for heading in ("", *(f"{size.generations:,}: {name}" for size in SIZES for name in ("p50", "p99")), "budget"):
        table.add_column(heading, justify="left" if not heading else "right")
    for rows in zip(*worlds, strict=True):
        cells = [f"{row[name]:.3f}" for row in rows for name in ("p50_ms", "p99_ms")]
        table.add_row(rows[0]["layer"], *cells, f"{rows[0]['budget_ms']:g}")
    return table


def report_whole_reads(console: Console, worlds: Sequence[Figures]) -> int:
    """Name each statement that reads all of a table of 2,000 rows or more; 1 when there is one."""
    violations = Counter(
        f"{size.generations:,} generations, {row['section']}, {row['name']}: all of {table}"
        for size, world in zip(SIZES, worlds, strict=True)
        for row in world["rows"]
        for table in row["whole_reads"]
    )
    for violation, times in violations.items():
        console.print(f"[red]plan: violation[/] {violation}" + (f" ({times} times)" if times > 1 else ""))
    if not violations:
        console.print("[green]plans: ok[/], no statement reads all of a table of 2,000 rows or more")
    return 1 if violations else 0
