"""Bringing the result home while FAL's answer or its files are not what they should be."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from generations import topics
from generations.models import Asset, Generation
from generations.services import storing
from generations.services.collect import MOST_FETCHES, collect_outputs
from generations.services.outcome import note_job_over
from generations.services.storing import asset_id_of
from generations.states import Status
from tests.generations.conftest import Fal, Person, change_environment, stored
from tests.support.work import pending_topics, run_due_work, run_next_work

pytestmark = pytest.mark.django_db


def run_to_rest(generation: Generation, fal: Fal, *, rounds: int = 12) -> dict[str, Any]:
    """Submit, let FAL finish, and go on until nothing is promised any more."""
    run_due_work()
    fal.wait_until_done(generation)
    for _ in range(rounds):
        run_next_work()
        if not pending_topics(generation.id):
            break
    generation.refresh_from_db()
    return {"status": generation.status, "code": generation.error_code}


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("completed_with_error", "provider_error"),
        ("nsfw", "content_policy_violation"),
        ("result_gone_404", "result_gone"),
        ("file_wrong_type", "output_wrong_type"),
        ("redirecting_file", "output_host_refused"),
        ("file_truncated", "output_unavailable"),
        ("file_gone_404", "output_unavailable"),
    ],
)
def test_it_fails_with_the_reason(owner: Person, fal: Fal, fault: str, code: str) -> None:
    fal.sandbox.set_fault(fault, times=None)
    generation = stored(owner.create())

    assert run_to_rest(generation, fal) == {"status": "failed", "code": code}
    assert not Asset.objects.exists()
    assert pending_topics(generation.id) == set()


def test_a_file_of_ten_gigabytes_is_refused_by_its_announced_size(owner: Person, fal: Fal) -> None:
    fal.sandbox.set_fault("file_huge", times=None)
    generation = stored(owner.create())

    assert run_to_rest(generation, fal) == {"status": "failed", "code": "output_too_large"}


@pytest.mark.parametrize("fault", ["file_truncated", "file_gone_404"])
def test_a_file_that_comes_at_the_second_try_is_enough(owner: Person, fal: Fal, fault: str) -> None:
    fal.sandbox.set_fault(fault, times=1)
    generation = stored(owner.create())

    assert run_to_rest(generation, fal)["status"] == Status.COMPLETED


def test_fewer_images_than_asked_are_what_there_is(owner: Person, fal: Fal) -> None:
    fal.sandbox.set_fault("partial_images")
    generation = stored(owner.create(num_images=3))

    assert run_to_rest(generation, fal)["status"] == Status.COMPLETED
    assert generation.assets.count() == 2
    assert generation.cost == Decimal("0.006")


def test_one_unusable_file_does_not_cost_the_others(owner: Person, fal: Fal) -> None:
    fal.sandbox.set_fault("file_wrong_type", times=1)
    generation = stored(owner.create(num_images=3))

    assert run_to_rest(generation, fal)["status"] == Status.COMPLETED
    assert list(generation.assets.values_list("index", flat=True)) == [1, 2]


def test_a_file_that_never_comes_whole_does_not_cost_the_others(owner: Person, fal: Fal) -> None:
    generation = stored(owner.create(num_images=2))
    run_due_work()
    fal.wait_until_done(generation)
    for _ in range(8):
        fal.sandbox.set_fault("file_truncated", times=1)
        run_next_work()

    generation.refresh_from_db()
    assert generation.status == Status.COMPLETED
    assert generation.assets.count() == 1


def test_tries_whose_workers_die_come_to_an_end(owner: Person, fal: Fal, monkeypatch: pytest.MonkeyPatch) -> None:
    generation = stored(owner.create())
    run_due_work()
    fal.wait_until_done(generation)
    note_job_over(generation.submissions.get())
    monkeypatch.setattr(storing, "probe", out_of_time)
    for _ in range(MOST_FETCHES):
        with pytest.raises(OutOfTime):
            collect_outputs(generation.id)

    assert collect_outputs(generation.id) is None

    assert owner.read(generation.id).json()["error"]["code"] == "collection_failed"


def test_the_files_of_one_try_share_its_time(owner: Person, fal: Fal, monkeypatch: pytest.MonkeyPatch) -> None:
    generation = stored(owner.create(num_images=2))
    run_due_work()
    fal.wait_until_done(generation)
    monkeypatch.setattr(storing, "TRY_SECONDS", 0.0)

    run_next_work()

    submission = generation.submissions.get()
    assert submission.collections == 1
    assert topics.COLLECT in pending_topics(generation.id)
    monkeypatch.undo()
    assert run_to_rest(generation, fal)["status"] == Status.COMPLETED


class OutOfTime(Exception):
    """As Celery's SoftTimeLimitExceeded."""


def out_of_time(*_: Any, **__: Any) -> None:
    raise OutOfTime


def test_a_job_that_never_ends_is_ended_and_called_off_at_the_deadline(owner: Person, fal: Fal) -> None:
    fal.sandbox.set_fault("never_complete")
    generation = stored(owner.create())
    run_due_work()
    run_next_work()
    assert owner.read(generation.id).json()["status"] == "in_progress"

    Generation.objects.update(deadline_at=timezone.now())
    run_next_work()

    assert owner.read(generation.id).json()["error"]["code"] == "generation_timeout"
    (job,) = fal.jobs_of(generation)
    assert job["error_type"] == "client_cancelled"
    assert pending_topics(generation.id) == set()


def test_a_job_that_goes_back_to_the_queue_is_followed_there(owner: Person, fal: Fal) -> None:
    fal.sandbox.set_fault("back_to_queue")
    generation = stored(owner.create())

    assert run_to_rest(generation, fal)["status"] == Status.COMPLETED


def test_while_fal_is_away_a_finished_job_waits(owner: Person, fal: Fal, settings: Any) -> None:
    generation = stored(owner.create())
    run_due_work()
    fal.wait_until_done(generation)
    sandbox = fal.sandbox.base_url
    change_environment(settings, fal_queue_url="http://127.0.0.1:1")
    for _ in range(12):
        run_next_work()
    generation.refresh_from_db()
    assert generation.status == Status.SUBMITTED

    change_environment(settings, fal_queue_url=sandbox)
    run_next_work()

    generation.refresh_from_db()
    assert generation.status == Status.COMPLETED


def test_ids_of_assets_are_version_4_and_the_same_each_time(owner: Person) -> None:
    generation = stored(owner.create())

    first, again = (asset_id_of(generation.id, index=0) for _ in range(2))

    assert first == again
    assert first.version == 4
    assert first != asset_id_of(generation.id, index=1)
