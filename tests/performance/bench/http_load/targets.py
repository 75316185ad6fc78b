"""What the loads have to reach, and whether they do."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from rich.table import Table

from tests.performance.bench.http_load.loads import Outcome

WEB: Final = "web"
SERVERS: Final = "servers"
LEAST_RATE: Final = 25_000
LEAST_OF_BARE: Final = 0.6


class Kind(StrEnum):
    """What is asked, as the tables name it."""

    GENERATOR = "generator alone"
    BARE = "bare WSGI"
    EMPTY = "empty DRF view"
    WARM = "decision, warm"
    CROWD = "decision, 10,000 open"
    COLD = "decision, 0 % hits"
    ZIPF = "decision, Zipf, 1 % changes"
    BATCH_COLD = "batch, 0 % hits"
    BATCH_WARM = "batch, warm"


@dataclass(frozen=True, slots=True)
class Measured:
    """A load on Velro, and what the same connections did to the bare function and to the empty view in the same run."""

    kind: Kind
    connections: int
    outcome: Outcome
    bare: Outcome | None = None
    empty: Outcome | None = None

    @property
    def of_bare(self) -> float:
        """Share of the rate of a bare WSGI function."""
        return self.outcome.rate / self.bare.rate if self.bare else 0

    @property
    def times_empty(self) -> float:
        """How many times the rate of an empty DRF view."""
        return self.outcome.rate / self.empty.rate if self.empty else 0

    @property
    def rate_per_core(self) -> float:
        """If web server, PostgreSQL and Valkey had one core between them."""
        return 1e6 / self.outcome.microseconds(WEB, SERVERS)


@dataclass(frozen=True, slots=True)
class Target:
    """Of every load of a kind; `shown` is the figure that it is about."""

    text: str
    shown: Callable[[Measured], str]
    is_met: Callable[[Measured], bool]


def percentile_below(name: str, limit: float) -> Target:
    """p50, p95 or p99, in milliseconds."""

    def value(it: Measured) -> float:
        return float(getattr(it.outcome.milliseconds, name))

    return Target(f"{name} < {limit:g} ms", lambda it: f"{value(it):,.2f} ms", lambda it: value(it) < limit)


def hits(text: str, is_met: Callable[[float], bool]) -> Target:
    """The share of answers that say that they come from memory."""
    return Target(text, lambda it: f"{it.outcome.counted_share:.1%}", lambda it: is_met(it.outcome.counted_share))


CAPABLE: Final = Target(
    "60,000 a second for a whole core",
    lambda it: f"{it.outcome.rate / it.outcome.generator_share:,.0f}",
    lambda it: it.outcome.rate >= 60_000 * it.outcome.generator_share,
)
FAST: Final = Target(
    f"{LEAST_RATE:,} a second, or {LEAST_OF_BARE:.0%} of bare WSGI",
    lambda it: f"{it.outcome.rate:,.0f}, {it.of_bare:.0%}",
    lambda it: it.outcome.rate >= LEAST_RATE or it.of_bare >= LEAST_OF_BARE,
)
FASTER_THAN_EMPTY: Final = Target(
    "8 times the empty DRF view", lambda it: f"{it.times_empty:.1f} times", lambda it: it.times_empty >= 8
)
CHEAP: Final = Target(
    "web server < 60 us of processor each",
    lambda it: f"{it.outcome.microseconds(WEB):,.0f} us",
    lambda it: it.outcome.microseconds(WEB) < 60,
)
PER_CORE: Final = Target(
    "1,000 a second for each core of all servers",
    lambda it: f"{it.rate_per_core:,.0f}",
    lambda it: it.rate_per_core >= 1_000,
)
FEW_ERRORS: Final = Target(
    "errors < 0.1 %", lambda it: f"{it.outcome.error_share:.2%}", lambda it: it.outcome.error_share < 0.001
)
KEEPS_UP: Final = Target(
    "keeps up with 10,000 a second",
    lambda it: f"{it.outcome.rate:,.0f} a second",
    lambda it: it.outcome.rate >= 0.99 * it.connections,
)
TARGETS: Final[Mapping[Kind, Sequence[Target]]] = {
    Kind.GENERATOR: (CAPABLE,),
    Kind.WARM: (FAST, FASTER_THAN_EMPTY, percentile_below("p99", 10), CHEAP, hits("hits > 99 %", lambda it: it > 0.99)),
    Kind.CROWD: (FEW_ERRORS, percentile_below("p95", 89), KEEPS_UP),
    Kind.COLD: (PER_CORE, percentile_below("p50", 3), percentile_below("p99", 15), hits("no hits", lambda it: it == 0)),
    Kind.ZIPF: (hits("hits > 95 %", lambda it: it > 0.95),),
    Kind.BATCH_COLD: (),
    Kind.BATCH_WARM: (percentile_below("p95", 25),),
}


def targets_table(rows: Sequence[Measured]) -> Table:
    """A line for each target; of several loads of a kind, the figures in the order of their connections."""
    table = Table("load", "target", "measured", "", title="HTTP, targets", title_justify="left")
    for kind, targets in TARGETS.items():
        for line in _lines([row for row in rows if row.kind is kind], targets):
            table.add_row(kind, *line)
    return table


def _lines(rows: Sequence[Measured], targets: Sequence[Target]) -> Iterator[tuple[str, str, str]]:
    for target in targets if rows else ():
        figures = [f"[{'green' if target.is_met(row) else 'red'}]{target.shown(row)}[/]" for row in rows]
        is_met = all(map(target.is_met, rows))
        yield target.text, "; ".join(figures), "[green]met[/]" if is_met else "[red]missed[/]"
