"""The tables of states hold for everyone: services, bulk updates, and the database itself."""

import itertools
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from generations.models import Generation, Submission
from generations.services.transitions import advance
from generations.states import TERMINAL, TRANSITIONS, Status, SubmissionState
from tests.generations.conftest import Person
from tests.generations.test_read_and_delete import make

pytestmark = pytest.mark.django_db

NOT_ALLOWED = [
    (old, new) for old, new in itertools.product(Status, Status) if new != old and new not in TRANSITIONS[old]
]


def in_state(person: Person, status: Status) -> Generation:
    end: dict[str, Any] = {"finished_at": timezone.now()} if status in TERMINAL else {}
    error = {"error_code": "x", "error_message": "y"} if status == Status.FAILED else {}
    return make(person, status=status, **end, **error)


@pytest.mark.parametrize(("old", "new"), NOT_ALLOWED)
def test_what_the_table_does_not_name_does_not_happen(owner: Person, old: Status, new: Status) -> None:
    generation = in_state(owner, old)

    assert advance(generation.id, to=new) is False
    with pytest.raises(DatabaseError), transaction.atomic():
        Generation.objects.filter(id=generation.id).update(status=new)


@pytest.mark.parametrize("old", list(Status))
def test_what_the_table_names_happens(owner: Person, old: Status) -> None:
    for new in TRANSITIONS[old]:
        error = {"error_code": "x", "error_message": "y"} if new == Status.FAILED else {}
        assert advance(in_state(owner, old).id, to=new, **error) is True


@pytest.mark.parametrize(
    "lie",
    [
        {"status": Status.COMPLETED},
        {"finished_at": timezone.now()},
        {"error_code": "x", "error_message": "y"},
        {"status": Status.FAILED, "finished_at": timezone.now()},
        {"progress": 1.5},
        {"cost": -1},
        {"estimated_cost": -1},
    ],
)
def test_a_row_that_contradicts_itself_is_refused(owner: Person, lie: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make(owner, **lie)


def submission_of(generation: Generation, *, attempt: int, **attributes: Any) -> Submission:
    return Submission.objects.create(
        generation=generation, attempt=attempt, webhook_digest=f"{attempt:064}", sent_at=timezone.now(), **attributes
    )


def test_a_generation_has_one_live_submission(owner: Person) -> None:
    generation = make(owner)
    submission_of(generation, attempt=1, state=SubmissionState.ABANDONED)
    submission_of(generation, attempt=2)

    with pytest.raises(IntegrityError), transaction.atomic():
        submission_of(generation, attempt=3, state=SubmissionState.UNKNOWN)


def test_an_accepted_submission_names_its_job(owner: Person) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        submission_of(make(owner), attempt=1, state=SubmissionState.ACCEPTED)


def test_an_abandoned_submission_is_not_unknown_again(owner: Person) -> None:
    submission = submission_of(make(owner), attempt=1, state=SubmissionState.ABANDONED)

    with pytest.raises(DatabaseError), transaction.atomic():
        Submission.objects.filter(id=submission.id).update(state=SubmissionState.UNKNOWN)


def test_every_state_that_is_not_an_end_leads_to_one() -> None:
    for status in set(Status) - TERMINAL:
        assert TRANSITIONS[status] & TERMINAL
