"""What growth costs: a table of all sizes, a plot for the docs, and what is not flat."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean
from typing import Final, TypedDict

from rich.console import Console
from rich.table import Table

from tests.performance.bench.figures import Percentiles, percentiles

DECISION: Final = "decision"
FROM_MEMORY: Final = "from memory"
LIST_PAGE: Final = "list page of 25"
MIX: Final = "all of these kinds"
# Of the median in the slowest larger world to that in the smallest.
MOST_GROWTH: Final = 1.5
FLAT: Final = frozenset({DECISION, FROM_MEMORY})


class Turn(TypedDict):
    """What one world took: milliseconds by section and name, and what PostgreSQL computed for one decision."""

    spent: Mapping[str, Mapping[str, list[float]]]
    computed_ms: float


@dataclass(frozen=True, slots=True)
class Grown:
    """One row: what was done, and the milliseconds of each time, a list for each size from the smallest on."""

    section: str
    name: str
    milliseconds: Sequence[Sequence[float]]

    @property
    def percentiles(self) -> list[Percentiles]:
        """Of each size."""
        return [percentiles(values) for values in self.milliseconds]

    @property
    def ratio(self) -> float:
        """How many times slower the slowest of the larger worlds is than the smallest."""
        smallest, *larger = (it.p50 for it in self.percentiles)
        return max(larger) / smallest

    @property
    def is_too_steep(self) -> bool:
        """Whether it is a decision, and not flat."""
        return self.section in FLAT and self.ratio > MOST_GROWTH


def growth_table(rows: Sequence[Grown], *, sizes: Sequence[str]) -> Table:
    """A row per kind, two columns per size."""
    table = Table(title="Milliseconds, by number of generations", title_justify="left")
    for heading in ("", "", *(f"{size}: {name}" for size in sizes for name in ("p50", "p99")), "ratio"):
        table.add_column(heading, justify="left" if not heading else "right")
    section = ""
    for row in rows:
        if row.section != section:
            table.add_section()
        cells = [f"{value:.3f}" for it in row.percentiles for value in (it.p50, it.p99)]
        table.add_row(row.section if row.section != section else "", row.name, *cells, _ratio(row))
        section = row.section
    return table


def _ratio(row: Grown) -> str:
    if row.section not in FLAT:
        return f"{row.ratio:.2f}"
    return f"[{'red' if row.is_too_steep else 'green'}]{row.ratio:.2f}[/]"


def computed(worlds: Sequence[Sequence[Turn]]) -> str:
    """The mean of each world: processor time is counted in steps that are too large for a median."""
    smallest, *larger = (fmean(turn["computed_ms"] for turn in turns) for turns in worlds)
    found = ", ".join(f"{value:.2f}" for value in (smallest, *larger))
    return f"PostgreSQL computes for one decision, nothing cached: {found} ms, ratio {max(larger) / smallest:.2f}"


def chart(rows: Sequence[Grown], *, sizes: Sequence[str]) -> str:
    """A Mermaid plot of decisions."""
    mix, memory = (
        next(row for row in rows if (row.section, row.name) == key)
        for key in ((DECISION, MIX), (FROM_MEMORY, DECISION))
    )
    bars, line = ([round(it.p50, 3) for it in row.percentiles] for row in (mix, memory))
    names = ", ".join(f'"{size}"' for size in sizes)
    return f"""```mermaid
xychart-beta
    title "One decision, p50: nothing cached (bars), from memory (line)"
    x-axis "generations" [{names}]
    y-axis "milliseconds" 0 --> {ceil(max(bars) * MOST_GROWTH)}
    bar {bars}
    line {line}
```"""


def report_growth(console: Console, rows: Sequence[Grown]) -> int:
    """Name each decision that is not flat; 1 when there is one."""
    steep = [row for row in rows if row.is_too_steep]
    for row in steep:
        console.print(f"[red]growth: not flat[/] {row.section}, {row.name}: {row.ratio:.2f} times")
    if not steep:
        console.print(
            f"[green]growth: ok[/], no decision takes more than {MOST_GROWTH:g} times as long in a larger world"
        )
    return 1 if steep else 0
