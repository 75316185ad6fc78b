"""Two of everything at once: what must happen once happens once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from generations.models import Generation
from generations.services.collect import collect_outputs
from generations.services.follow import follow_job
from generations.services.submit import submit_to_fal
from generations.states import Status
from tests.generations.conftest import Fal, Person, stored
from tests.support.trail import trail
from tests.support.work import pending_topics, run_due_work, run_next_work
from velro.background.models import OutboxMessage
from velro.background.outbox import run_message

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 4


def all_at_once(*works: Callable[[], Any]) -> list[Any]:
    """Start every piece of work in the same moment, each in a thread with a connection of its own."""
    together = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> Any:
        together.wait()
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


def count_events(generation: Generation, name: str) -> int:
    return trail().filter(resource_id=generation.id, name=name).count()


def test_workers_that_take_the_same_message_submit_once(owner: Person, fal: Fal) -> None:
    generation = stored(owner.create())
    message = OutboxMessage.objects.get(subject_id=generation.id)

    all_at_once(*[lambda: run_message(message.id)] * AT_ONCE)

    assert len(fal.jobs_of(generation)) == 1
    assert generation.submissions.count() == 1


def test_workers_past_the_end_of_a_lease_still_submit_once(owner: Person, fal: Fal) -> None:
    generation = stored(owner.create())

    all_at_once(*[lambda: submit_to_fal(generation.id)] * AT_ONCE)
    run_next_work()

    assert len(fal.jobs_of(generation)) == 1
    assert generation.submissions.count() == 1


def test_webhook_and_poller_together_complete_once(owner: Person, fal: Fal) -> None:
    generation = stored(owner.create())
    run_due_work()
    fal.wait_until_done(generation)
    call = fal.receiver.next()

    def deliver() -> int:
        return int(fal.deliver(call).status_code)

    statuses = all_at_once(deliver, lambda: follow_job(generation.id), deliver, lambda: follow_job(generation.id))
    run_due_work()

    assert statuses[0] == statuses[2] == 200
    generation.refresh_from_db()
    assert generation.status == Status.COMPLETED
    assert generation.assets.count() == 1
    assert count_events(generation, "generation.completed") == 1


def test_collectors_together_store_once(owner: Person, fal: Fal) -> None:
    generation = stored(owner.create(num_images=2))
    run_due_work()
    fal.wait_until_done(generation)
    follow_job(generation.id)

    all_at_once(*[lambda: collect_outputs(generation.id)] * AT_ONCE)

    generation.refresh_from_db()
    assert generation.status == Status.COMPLETED
    assert generation.assets.count() == 2
    assert count_events(generation, "generation.completed") == 1
    assert generation.submissions.get().collections == 1


def test_deleting_beside_collecting_leaves_one_end_state(owner: Person, fal: Fal) -> None:
    generation = stored(owner.create())
    run_due_work()
    fal.wait_until_done(generation)
    follow_job(generation.id)

    def delete() -> int:
        return int(owner.client.delete(f"/api/v1/generations/{generation.id}").status_code)

    deleted, _ = all_at_once(delete, lambda: collect_outputs(generation.id))
    run_next_work()

    assert deleted == 204
    generation.refresh_from_db()
    assert generation.status in {Status.COMPLETED, Status.CANCELLED}
    assert (generation.status == Status.COMPLETED) == (generation.assets.count() == 1)
    assert pending_topics(generation.id) == set()
