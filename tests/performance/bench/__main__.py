"""The command line of the bench."""

import argparse
import sys

from rich.console import Console

from tests.performance.bench.decisions import bench_decisions
from tests.performance.bench.figures import machine
from tests.performance.bench.http_load.bench import bench_http
from tests.performance.bench.jobs import bench_jobs
from tests.performance.bench.tiers import bench_tiers
from tests.performance.bench.views import bench_views

PARTS = ("jobs", "decisions", "tiers", "views", "http")


def main() -> int:
    """0 when everything was measured, no plan reads all of a large table, no refresh is slow and no answer is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.performance.bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="one part of the five")
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
    parts = (options.only,) if options.only else PARTS
    failures = 0
    if "jobs" in parts:
        bench_jobs(console, jobs=options.jobs, clients=options.clients)
    if "decisions" in parts:
        failures += bench_decisions(console, rounds=options.rounds, raw=options.json)
    if "tiers" in parts:
        failures += bench_tiers(console)
    if "views" in parts:
        failures += bench_views(console, rows=options.rows)
    if "http" in parts:
        failures += bench_http(console, seconds=options.seconds)
    return min(failures, 1)


if __name__ == "__main__":
    sys.exit(main())
