"""Calling off at FAL what nobody waits for any more. It is a request: FAL may still finish and bill a running job."""

from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db.models import Q, QuerySet
from django.utils import timezone

from generations import topics
from generations.fal.errors import JobGone, Unreachable
from generations.fal.queue import fal_queue
from generations.models import Submission
from generations.services.receipts import job_of
from generations.states import TERMINAL, UNDECIDED, SubmissionState
from velro.background.outbox import enqueue
from velro.background.topics import Again

log = structlog.get_logger(__name__)

NEXT_TRY: Final = timedelta(seconds=15)
# FAL keeps nothing of a job for longer than this; asking on would be asking nobody.
WORTH_ASKING: Final = timedelta(hours=24)


def cancel_surplus_jobs(generation_id: UUID) -> Again | None:
    """Cancel each job of this generation that FAL holds in vain; one whose outcome is unknown has to be found first."""
    if Submission.objects.filter(generation_id=generation_id, state__in=UNDECIDED).exists():
        enqueue(topics.RECONCILE, subject_id=generation_id)
    for submission in _surplus(generation_id):
        job = job_of(submission)
        try:
            if job is not None:
                with suppress(JobGone):
                    fal_queue().cancel(job)
        except Unreachable as problem:
            log.warning("cancellation_unanswered", submission_id=str(submission.id), code=problem.code)
            return Again(NEXT_TRY)
        Submission.objects.filter(id=submission.id).update(cancelled_at=timezone.now())
    return None


def give_up_cancelling(generation_id: UUID) -> None:
    """The generation has its end already; only FAL's work may be wasted, which an operator should know."""
    log.error("cancellation_given_up", generation_id=str(generation_id))


def _surplus(generation_id: UUID) -> QuerySet[Submission]:
    """Unfinished jobs of a finished generation, and those that another submission has replaced."""
    is_in_vain = Q(generation__status__in=TERMINAL) | Q(state__in=(SubmissionState.ABANDONED, SubmissionState.REFUSED))
    return Submission.objects.filter(
        is_in_vain,
        generation_id=generation_id,
        request_id__isnull=False,
        finished_at__isnull=True,
        cancelled_at__isnull=True,
        sent_at__gte=timezone.now() - WORTH_ASKING,
    )
