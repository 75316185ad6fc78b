"""What the tiers of the cache take, in time and in memory, against their targets."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from tests.performance.bench.figures import percentiles
from tests.performance.bench.worlds import run, running_servers

# Of p50, in milliseconds.
TARGETS: Final[Mapping[str, float]] = {"L1, one": 0.005, "L2, one": 1.0}
MOST_MEGABYTES: Final = 60.0


def bench_tiers(console: Console) -> int:
    """Print the tables; 1 when a target is missed."""
    with tempfile.TemporaryDirectory(prefix="velro-bench-") as folder, running_servers(Path(folder)) as environment:
        found = json.loads(run(environment, "-m", "tests.performance.bench.tiers_process"))
    console.print(times_table(found["look-ups"]))
    console.print(memory_table(found["megabytes"]))
    is_slow = any(percentiles(found["look-ups"][name]).p50 >= target for name, target in TARGETS.items())
    return int(is_slow or total_of(found["megabytes"]) >= MOST_MEGABYTES)


def times_table(spent: Mapping[str, list[float]]) -> Table:
    """A row per kind of look-up."""
    table = Table(title="Look-ups in the tiers, milliseconds", title_justify="left")
    for heading in ("", "p50", "p95", "p99", "target"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, values in spent.items():
        target = f"p50 < {TARGETS[name]:g}" if name in TARGETS else ""
        table.add_row(name, *(f"{value:.4f}" for value in percentiles(values)), target)
    return table


def memory_table(found: Mapping[str, Any]) -> Table:
    """What the process grew by."""
    table = Table(title="A full memory, megabytes of the process", title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    for name, value in found.items():
        table.add_row(name, f"{value:,.1f}")
    table.add_row(f"all of it, target < {MOST_MEGABYTES:g}", f"{total_of(found):,.1f}")
    return table


def total_of(found: Mapping[str, Any]) -> float:
    """Tokens and the largest that facts became."""
    tokens, typical, large, *_ = found.values()
    return float(tokens + typical + max(large, 0))
