"""A worker that is killed (SIGKILL) before or after any of its statements: nothing is lost, nothing is made twice.

A forked child works from the wish to the files and kills itself at the chosen point. Another worker then takes over
once the leases have ended. CRASH_POINTS=all tries every point; without it every seventh is tried.
"""

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from generations.models import Generation
from generations.states import Status
from tests.generations.conftest import Fal, Person, stored
from tests.support.work import pending_topics, run_due_work, run_next_work

pytestmark = pytest.mark.django_db(transaction=True)

STATEMENTS = 48
STRIDE = 1 if os.environ.get("CRASH_POINTS") == "all" else 7
POINTS = [(number, side) for number in range(1, STATEMENTS) for side in ("before", "after")][::STRIDE]


class Executioner:
    """Counts the statements of this process and kills it before or after the one with the number."""

    def __init__(self, number: int, side: str) -> None:
        self.left = number
        self.side = side

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:
        self.left -= 1
        if self.left == 0 and self.side == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        answer = execute(*statement)
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


def work_in_child(generation: Generation, fal: Fal, executioner: Executioner) -> int:
    """Work until the end or the kill. Returns the child's wait status."""
    child = os.fork()
    if child == 0:
        # The parent's connection stays the parent's: forgotten here, not closed.
        connection.connection = None
        with connection.execute_wrapper(executioner):
            work_to_the_end(generation, fal)
        os._exit(0)
    return os.waitpid(child, 0)[1]


def work_to_the_end(generation: Generation, fal: Fal) -> None:
    run_due_work()
    fal.wait_until_done(generation)
    run_next_work()


def time_passes(generation: Generation) -> None:
    """Leases have ended, and no request of the dead worker can be on its way any more."""
    window = timedelta(seconds=settings.ENVIRONMENT.fal_reconcile_window)
    generation.submissions.update(sent_at=timezone.now() - window - timedelta(minutes=1))


@pytest.mark.parametrize(("number", "side"), POINTS)
def test_a_killed_worker_loses_and_doubles_nothing(owner: Person, fal: Fal, number: int, side: str) -> None:
    generation = stored(owner.create(num_images=2))

    status = work_in_child(generation, fal, Executioner(number, side))

    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    for _ in range(6):
        time_passes(generation)
        for job in fal.jobs_of(generation):
            fal.sandbox.client.get(
                f"/{job['endpoint_id'].rsplit('/', 1)[0]}/requests/{job['request_id']}/status/stream"
            )
        run_next_work()
    generation.refresh_from_db()
    assert generation.status == Status.COMPLETED
    assert generation.assets.count() == 2
    assert pending_topics(generation.id) == set()
    assert len(fal.jobs_of(generation)) == 1


def test_the_points_reach_to_the_end_of_the_work(owner: Person, fal: Fal) -> None:
    counter = Executioner(10_000, "before")
    generation = stored(owner.create(num_images=2))

    with connection.execute_wrapper(counter):
        work_to_the_end(generation, fal)

    generation.refresh_from_db()
    assert generation.status == Status.COMPLETED
    assert 10_000 - counter.left < STATEMENTS
