"""`make faults RUNS=100`: the campaign at full length, with a summary."""

import argparse
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.progress import track

from tests.faults.campaign import RunReport, running_campaign


def main() -> int:
    """0 when nothing was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="how many seeded runs (default: %(default)s)")
    parser.add_argument("--first-seed", type=int, default=1, help="seed of the first run (default: %(default)s)")
    parser.add_argument(
        "--at-once", type=int, default=3, help="runs that break the copy together (default: %(default)s)"
    )
    options = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="velro-faults-") as folder, running_campaign(Path(folder)) as campaign:
        seeds = range(options.first_seed, options.first_seed + options.runs)
        with ThreadPoolExecutor(options.at_once) as pool:
            runs = [pool.submit(campaign.run, seed) for seed in seeds]
            try:
                reports = [run.result() for run in track(runs, "Breaking things", console=console)]
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
                raise
    return summarise(console, reports)


def summarise(console: Console, reports: list[RunReport]) -> int:
    """Print what was done and what was found."""
    strikes = Counter(report.strike for report in reports)
    faults = Counter(fault for report in reports for fault in report.faults)
    console.print(f"strikes: {dict(strikes.most_common())}")
    console.print(f"faults at FAL: {dict(faults.most_common())}")
    for report in reports:
        if report.lost or report.doubled:
            console.print(f"[red]seed {report.seed}[/]: {report}")
    lost, doubled = (sum(len(getattr(report, name)) for report in reports) for name in ("lost", "doubled"))
    seconds = sorted(report.seconds for report in reports)
    console.print(f"seconds a run: median {seconds[len(seconds) // 2]:.1f}, longest {seconds[-1]:.1f}")
    console.print(f"{len(reports)} runs, {lost} lost, {doubled} doubled")
    return 1 if lost or doubled else 0


if __name__ == "__main__":
    sys.exit(main())
