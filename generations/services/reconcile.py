"""Finding out what became of a submission whose outcome is unknown.

Three things may tell: FAL's late answer, its webhook (the token names the submission), or a search of FAL's list of
requests. Only when the window has passed since sending, and FAL has answered at least two searches without knowing
the job, the last of them after the window, is the submission abandoned and the job sent again. That is not a blind
resend: FAL itself said that it has nothing, long after the request could still have been travelling. While FAL does
not answer, nothing is sent.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from generations import topics
from generations.fal.errors import Unreachable
from generations.fal.port import AcceptedJob
from generations.fal.queue import fal_queue
from generations.models import Submission
from generations.services.endings import OUTCOME_UNKNOWN, fail_generation
from generations.services.receipts import accept_job
from generations.services.submit import order_of
from generations.services.transitions import advance_submission
from generations.states import UNDECIDED, SubmissionState
from velro.background.outbox import enqueue
from velro.background.topics import Again

log = structlog.get_logger(__name__)

# How far FAL's clock may be behind ours.
CLOCK_SKEW: Final = timedelta(minutes=1)
FEWEST_LOOKUPS: Final = 2
# A worker that is still sending needs a little longer than the time limit to write down what happened.
SENDING_GRACE: Final = timedelta(seconds=5)
LONGEST_WAIT: Final = timedelta(minutes=1)


def reconcile_submission(generation_id: UUID) -> Again | None:
    """One search. None once the outcome is known, however it became known."""
    submission = (
        Submission.objects.select_related("generation").filter(generation_id=generation_id, state__in=UNDECIDED).first()
    )
    if submission is None:
        return None
    patience = _time_left_to_answer(submission)
    if patience > timedelta(0):
        return Again(patience)
    advance_submission(submission.id, to=SubmissionState.UNKNOWN)
    try:
        job = find_job(submission)
    except Unreachable as problem:
        return _stay_unknown(submission, code=problem.code)
    if job is not None:
        accept_job(submission.id, job)
        return None
    return _not_found(submission)


def find_job(submission: Submission) -> AcceptedJob | None:
    """Search FAL's list for the submission's job, passing over those that other submissions hold.

    Raises Unreachable.
    """
    others = Submission.objects.exclude(id=submission.id)

    def claimed_among(request_ids: Collection[str]) -> set[str]:
        claimed = others.filter(request_id__in=request_ids).values_list("request_id", flat=True)
        return {str(request_id) for request_id in claimed}

    since = submission.sent_at - CLOCK_SKEW
    return fal_queue().find(order_of(submission), since=since, claimed_among=claimed_among)


def time_to_next_look(submission: Submission) -> timedelta:
    """Soon at first, then each time half as long again, and once more as soon as the window has passed."""
    age = timezone.now() - submission.sent_at
    soonest = timedelta(seconds=settings.ENVIRONMENT.fal_poll_interval)
    left = timedelta(seconds=settings.ENVIRONMENT.fal_reconcile_window) - age
    growing = max(soonest, age / 2)
    return min(growing, left) if left > timedelta(0) else min(growing, LONGEST_WAIT)


def _time_left_to_answer(submission: Submission) -> timedelta:
    if submission.state != SubmissionState.SENDING:
        return timedelta(0)
    limit = timedelta(seconds=settings.ENVIRONMENT.fal_submit_timeout) + SENDING_GRACE
    return submission.sent_at + limit - timezone.now()


def _not_found(submission: Submission) -> Again | None:
    Submission.objects.filter(id=submission.id).update(lookups=F("lookups") + 1)
    window = timedelta(seconds=settings.ENVIRONMENT.fal_reconcile_window)
    is_certain = submission.lookups + 1 >= FEWEST_LOOKUPS and timezone.now() >= submission.sent_at + window
    if not is_certain:
        return Again(time_to_next_look(submission))
    with transaction.atomic():
        if advance_submission(submission.id, to=SubmissionState.ABANDONED, provider_error="not_found_at_provider"):
            enqueue(topics.SUBMIT, subject_id=submission.generation_id)
    log.warning("submission_abandoned", submission_id=str(submission.id), attempt=submission.attempt)
    return None


def _stay_unknown(submission: Submission, *, code: str) -> Again | None:
    log.warning("reconciliation_unanswered", submission_id=str(submission.id), code=code)
    if timezone.now() < submission.generation.deadline_at:
        return Again(time_to_next_look(submission))
    advance_submission(submission.id, to=SubmissionState.ABANDONED, provider_error=code)
    fail_generation(submission.generation_id, OUTCOME_UNKNOWN)
    return None
