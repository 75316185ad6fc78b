"""What polling learns: position, progress, and nothing at all where there is no news."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from generations import topics
from generations.fal.port import JobState, JobStatus
from generations.models import Generation, Submission
from generations.services.follow import LONGEST_WAIT, next_wait, note_progress, progress_of
from generations.states import Status
from tests.generations.conftest import Fal, Person, stored
from tests.generations.test_read_and_delete import make
from tests.support.work import pending_topics, run_due_work, run_next_work


@pytest.mark.parametrize(
    ("lines", "share"),
    [
        ((), None),
        (("loading weights",), None),
        (("step 7/28",), 0.25),
        (("step 1/4", "step 2/4", "saving"), 0.5),
        (("25 %",), 0.25),
        (("100%|####| 4/4",), 1.0),
        (("0/0",), None),
        (("9/4",), None),
        (("see http://x/1/0",), None),
    ],
)
def test_the_newest_line_that_speaks_of_progress_counts(lines: tuple[str, ...], share: float | None) -> None:
    assert progress_of(lines) == share


def heard(generation: Generation, state: JobState, **told: Any) -> Generation:
    note_progress(generation, JobStatus(state, **told))
    return Generation.objects.get(id=generation.id)


@pytest.mark.django_db
def test_position_and_progress_are_shown_as_they_are_heard(owner: Person) -> None:
    waiting = heard(make(owner, status=Status.SUBMITTED), JobState.QUEUED, queue_position=3)
    assert (waiting.status, waiting.queue_position, waiting.progress) == (Status.SUBMITTED, 3, None)

    running = heard(waiting, JobState.RUNNING, logs=("step 1/4",))
    assert (running.status, running.queue_position, running.progress) == (Status.IN_PROGRESS, None, 0.25)

    silent = heard(running, JobState.RUNNING)
    assert silent.progress == 0.25

    back = heard(silent, JobState.QUEUED, queue_position=0)
    assert (back.status, back.queue_position, back.progress) == (Status.SUBMITTED, 0, None)
    assert owner.read(back.id).json()["queue_position"] == 0


@pytest.mark.django_db
def test_no_news_leaves_the_version_alone(owner: Person) -> None:
    running = heard(make(owner, status=Status.SUBMITTED), JobState.RUNNING, logs=("1/4",))

    assert heard(running, JobState.RUNNING, logs=("1/4",)).updated_at == running.updated_at
    assert heard(running, JobState.RUNNING, logs=("2/4",)).updated_at > running.updated_at


@pytest.mark.parametrize(
    ("age", "wait"),
    [
        (timedelta(seconds=1), timedelta(seconds=3)),
        (timedelta(seconds=100), timedelta(seconds=10)),
        (timedelta(hours=1), LONGEST_WAIT),
    ],
)
def test_the_wait_between_looks_grows_with_the_age_of_the_job(age: timedelta, wait: timedelta) -> None:
    assert next_wait(Submission(sent_at=timezone.now() - age)) == pytest.approx(wait, abs=timedelta(seconds=1))


@pytest.fixture
def unknown_at_fal(owner: Person, fal: Fal) -> Generation:
    """FAL took the job a moment ago, never showed it, and says that it does not know it."""
    generation = stored(owner.create())
    run_due_work()
    fal.sandbox.reset()
    return generation


@pytest.mark.django_db
def test_a_fresh_job_that_fal_does_not_show_yet_is_asked_about_again(unknown_at_fal: Generation) -> None:
    run_next_work()

    unknown_at_fal.refresh_from_db()
    assert unknown_at_fal.status == Status.SUBMITTED
    assert topics.FOLLOW in pending_topics(unknown_at_fal.id)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "known",
    [{"last_polled_at": timezone.now()}, {"sent_at": timezone.now() - timedelta(minutes=2)}],
    ids=["was seen alive", "was sent long ago"],
)
def test_a_job_that_fal_knows_no_more_is_gone(unknown_at_fal: Generation, known: dict[str, Any]) -> None:
    unknown_at_fal.submissions.update(**known)

    run_next_work()

    unknown_at_fal.refresh_from_db()
    assert unknown_at_fal.error_code == "result_gone"
