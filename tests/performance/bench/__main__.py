"""The command line of the bench."""

import argparse
import sys
from collections.abc import Callable, Mapping
from typing import Final

from rich.console import Console

from tests.performance.bench.decisions import bench_decisions
from tests.performance.bench.figures import machine
from tests.performance.bench.growth import bench_growth
from tests.performance.bench.http_load.bench import bench_http
from tests.performance.bench.jobs import bench_jobs
from tests.performance.bench.tiers import bench_tiers
from tests.performance.bench.views import bench_views

# Each prints what it found, and returns 1 when something of it is wrong.
PARTS: Final[Mapping[str, Callable[[Console, argparse.Namespace], int | None]]] = {
    "jobs": lambda console, chosen: bench_jobs(console, jobs=chosen.jobs, clients=chosen.clients),
    "decisions": lambda console, chosen: bench_decisions(console, rounds=chosen.rounds, raw=chosen.json),
    "growth": lambda console, chosen: bench_growth(console, rounds=chosen.rounds),
    "tiers": lambda console, _: bench_tiers(console),
    "views": lambda console, chosen: bench_views(console, rows=chosen.rows),
    "http": lambda console, chosen: bench_http(console, seconds=chosen.seconds),
}


def main() -> int:
    """0 when everything was measured, and nothing that was found is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.performance.bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="one part of the six")
    parser.add_argument("--jobs", type=int, default=150, help="generations to complete (default: %(default)s)")
    parser.add_argument("--clients", type=int, default=4, help="requests at once (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=300, help="decisions of each kind (default: %(default)s)")
    parser.add_argument("--json", type=argparse.FileType("w"), help="file for the raw figures of the decisions")
    parser.add_argument("--rows", type=int, default=1_000_000, help="in each view (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=5, help="of each load over HTTP (default: %(default)s)")
    options = parser.parse_args()
    # Into a file, the tables keep the width they need.
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(machine())
    parts = [options.only] if options.only else PARTS
    failures = sum(PARTS[part](console, options) or 0 for part in parts)
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
