"""Jobs: what this machine does with a whole copy, its sandbox not pretending to be busy.

Absolute figures of a shared machine say little; the ratio to `health/live` in the same run is what can be compared.
"""

import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import httpx
import psycopg
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.performance.bench.figures import milliseconds, percentiles
from tests.support.live import LiveCopy, running_copy

ORDER = {"model": "fal-ai/flux/schnell", "input": {"prompt": "bench", "image_size": {"width": 64, "height": 64}}}
PATIENCE = 300
ONE_BY_ONE = 20
LATENCIES = """
SELECT extract(epoch FROM submission.sent_at - generation.created_at) * 1000,
       extract(epoch FROM generation.submitted_at - generation.created_at) * 1000,
       extract(epoch FROM generation.finished_at - generation.created_at) * 1000
  FROM generations_generation AS generation
  JOIN generations_submission AS submission ON submission.generation_id = generation.id
 WHERE generation.status = 'completed'
 ORDER BY generation.created_at
"""


class Bench:
    """One copy under measurement."""

    def __init__(self, copy: LiveCopy, *, clients: int) -> None:
        self._copy, self._clients = copy, clients
        self._http = httpx.Client(base_url=f"{copy.base_url}/api/v1", timeout=60)
        credentials = {"email": "owner@velro.test", "password": "velro-demo-password"}
        access = self._http.post("/auth/login", json=credentials).raise_for_status().json()["access"]
        self._http.headers["Authorization"] = f"Bearer {access}"

    def read_live(self) -> None:
        """The cheapest request there is: the yardstick."""
        self._http.get("/health/live").raise_for_status()

    def accept(self) -> str:
        """Order one generation."""
        answer = self._http.post("/generations", json=ORDER, headers={"Idempotency-Key": uuid4().hex})
        return str(answer.raise_for_status().json()["id"])

    def authorize(self, generation_id: str) -> None:
        """Ask for one decision."""
        self._http.post(f"/generations/{generation_id}/authorize", json={"action": "read"}).raise_for_status()

    def timed(self, name: str, times: int, work: Callable[[], object]) -> tuple[str, list[float], float]:
        """Run `work` from several clients at once; milliseconds each, and how many a second."""
        started = time.perf_counter()
        with ThreadPoolExecutor(self._clients) as pool:
            spent = list(pool.map(lambda _: milliseconds(work), range(times)))
        return name, spent, times / (time.perf_counter() - started)

    def finished(self) -> list[tuple[float, float, float]]:
        """Milliseconds from accepted to sent, submitted and completed, of every completed generation."""
        with psycopg.connect(self._copy.addresses["DATABASE_URL"]) as connection:
            return [
                (float(sent), float(submitted), float(done)) for sent, submitted, done in connection.execute(LATENCIES)
            ]


def wait_for_all(bench: Bench, jobs: int, progress: Progress, *, pause: float = 0.1) -> None:
    """Return when so many jobs have completed. Raises TimeoutError."""
    bar, started = progress.add_task("completing jobs", total=jobs), time.perf_counter()
    while (done := len(bench.finished())) < jobs:
        if time.perf_counter() - started > PATIENCE:
            raise TimeoutError(f"only {done} of {jobs} jobs completed")
        progress.update(bar, completed=done)
        time.sleep(pause)
    progress.remove_task(bar)


def measure(console: Console, copy: LiveCopy, *, jobs: int, clients: int) -> None:
    """Print the tables."""
    bench = Bench(copy, clients=clients)
    bench.authorize(bench.accept())
    with Progress(console=console) as progress:
        wait_for_all(bench, 1, progress)
        yardstick = bench.timed("GET health/live", 300, bench.read_live)
        started = time.perf_counter()
        accepting = bench.timed("POST generations", jobs, bench.accept)
        wait_for_all(bench, jobs + 1, progress)
        jobs_a_second = jobs / (time.perf_counter() - started)
        for number in progress.track(range(ONE_BY_ONE), description="one by one"):
            generation_id = bench.accept()
            wait_for_all(bench, jobs + 2 + number, progress, pause=0.02)
        deciding = bench.timed("POST authorize", 300, lambda: bench.authorize(generation_id))
    finished = bench.finished()[1:]
    console.print(requests_table([yardstick, accepting, deciding], clients=clients))
    console.print(jobs_table("Jobs, all at once", finished[:jobs]))
    console.print(jobs_table("Jobs, one by one", finished[jobs:]))
    console.print(f"jobs completed a second through the sandbox: {jobs_a_second:.1f}")


def requests_table(rows: list[tuple[str, list[float], float]], *, clients: int) -> Table:
    """Latency and rate of each kind of request, and the rate against the yardstick."""
    table = Table("request", "p50 ms", "p95 ms", "p99 ms", "a second", "ratio", title=f"Requests, {clients} clients")
    for name, spent, rate in rows:
        p50, p95, p99 = percentiles(spent)
        table.add_row(name, f"{p50:.1f}", f"{p95:.1f}", f"{p99:.1f}", f"{rate:.0f}", f"{rate / rows[0][2]:.2f}")
    return table


def jobs_table(title: str, rows: list[tuple[float, float, float]]) -> Table:
    """From accepted on."""
    table = Table("from accepted to", "p50 ms", "p95 ms", "p99 ms", title=title)
    for column, name in enumerate(("request sent to FAL", "submitted", "completed")):
        p50, p95, p99 = percentiles([row[column] for row in rows])
        table.add_row(name, f"{p50:.0f}", f"{p95:.0f}", f"{p99:.0f}")
    return table


def bench_jobs(console: Console, *, jobs: int, clients: int) -> None:
    """Start a copy, measure it, stop it."""
    with tempfile.TemporaryDirectory(prefix="velro-bench-") as folder:
        console.print("Starting a copy ...")
        with running_copy(Path(folder), module=("tests.support.quick_copy",)) as copy:
            measure(console, copy, jobs=jobs, clients=clients)
