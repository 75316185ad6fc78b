"""The figures of all loads as a table, and what makes them worthless."""

from collections.abc import Sequence
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.performance.bench.http_load.targets import SERVERS, WEB, Kind, Measured

HEADINGS: Final = (
    "open", "a second", "of bare", "x empty", "p50 ms", "p95 ms", "p99 ms",
    "web us", "all us", "hits", "errors", "core",
)  # fmt: skip
LEGEND: Final = (
    "open: connections. us: processor time for each answer, of the web server alone and with PostgreSQL and Valkey. "
    "hits: answers that say they come from memory. core: how much of one the generator took."
)
# Of a core; above that, the generator may be what is measured.
MOST_OF_GENERATOR: Final = 0.9
MOST_ERRORS: Final = 0.001


def figures_table(rows: Sequence[Measured]) -> Table:
    """A row for each load."""
    table = Table("load", title="HTTP, one web process", title_justify="left", caption=LEGEND, caption_justify="left")
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(row.kind, *_cells(row))
    return table


def _cells(row: Measured) -> tuple[str, ...]:
    outcome = row.outcome
    return (
        f"{row.connections:,}",
        f"{outcome.rate:,.{0 if outcome.rate >= 100 else 1}f}",
        f"{row.of_bare:.0%}" if row.bare else "",
        f"{row.times_empty:.1f}" if row.empty else "",
        *(f"{value:,.2f}" for value in outcome.milliseconds),
        f"{outcome.microseconds(WEB):,.0f}",
        f"{outcome.microseconds(WEB, SERVERS):,.0f}",
        f"{outcome.counted_share:.1%}",
        f"{outcome.error_share:.2%}",
        f"{outcome.generator_share:.0%}",
    )


def report_faults(console: Console, rows: Sequence[Measured]) -> int:
    """Name what was answered wrongly and where the generator was the limit; 1 when there is anything."""
    wrong = [row for row in rows if row.outcome.error_share >= MOST_ERRORS]
    doubtful = [
        row for row in rows if row.kind is not Kind.GENERATOR and row.outcome.generator_share >= MOST_OF_GENERATOR
    ]
    for row in wrong:
        console.print(f"[red]http: errors[/] {row.kind}, {row.connections:,} connections: {dict(row.outcome.errors)}")
    for row in doubtful:
        console.print(f"[red]http: generator too slow[/] {row.kind}, {row.connections:,} connections")
    if not wrong and not doubtful:
        console.print("[green]http: ok[/], every answer was read and right, and the generator had time to spare")
    return 1 if wrong or doubtful else 0
