"""Runs loads in a process of their own, so that generator and server each have a core, and shows how far they are."""

import resource
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection as Pipe
from typing import Final

from rich.progress import Progress

from tests.performance.bench.http_load.generator import generate
from tests.performance.bench.http_load.loads import Load, Outcome
from tests.performance.bench.http_load.responder import respond

BETWEEN_LOOKS: Final = 0.25
ONE_PROCESS: Final = 1


class Runner:
    """Generates one load after the other."""

    def __init__(self, pool: ProcessPoolExecutor, progress: Progress) -> None:
        self._pool, self._progress = pool, progress

    def run(self, name: str, load: Load) -> Outcome:
        """What came of it. Raises OSError when the server is gone."""
        total = load.warm_up_seconds + load.seconds
        bar = self._progress.add_task(name, total=total)
        going_on: Future[Outcome] = self._pool.submit(generate, load)
        while wait([going_on], timeout=BETWEEN_LOOKS).not_done:
            self._progress.advance(bar, BETWEEN_LOOKS)
        self._progress.remove_task(bar)
        return going_on.result()


@contextmanager
def shown_step(progress: Progress, name: str) -> Iterator[None]:
    """Show that something is going on, however long it takes."""
    bar = progress.add_task(name, total=None)
    yield
    progress.remove_task(bar)


@contextmanager
def running_generator(progress: Progress) -> Iterator[Runner]:
    """One process for all loads."""
    with ProcessPoolExecutor(ONE_PROCESS, mp_context=get_context("spawn"), initializer=raise_file_limit) as pool:
        yield Runner(pool, progress)


@contextmanager
def running_responder(body: bytes) -> Iterator[int]:
    """The cheapest server there is, in a process of its own; yields its port."""
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=respond, args=(body,), kwargs={"pipe": theirs})
    process.start()
    theirs.close()
    try:
        yield _port_from(ours)
    finally:
        ours.close()
        process.join()


def raise_file_limit() -> int:
    """Allow this process, and those it starts, as many open files as it may have. Returns how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def _port_from(pipe: Pipe) -> int:
    return int(pipe.recv())
