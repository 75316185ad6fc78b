"""Taking note that FAL has a job, however that became known: its answer, its webhook, or a search."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from generations import topics
from generations.actions import RESOURCE
from generations.fal.port import AcceptedJob
from generations.models import Submission
from generations.services.locking import live_submission, lock_submission
from generations.services.transitions import advance, advance_submission
from generations.states import Status, SubmissionState
from velro.audit.models import Outcome
from velro.audit.services import Subject, record_event
from velro.background.outbox import enqueue

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Receipt:
    """FAL's name for the job; the URLs are known unless it was a webhook that named it."""

    request_id: str
    job: AcceptedJob | None = None


def accept_job(submission_id: UUID, job: AcceptedJob) -> None:
    """FAL has answered, or was found to have the job."""
    with transaction.atomic():
        submission = lock_submission(submission_id)
        if identify(submission, Receipt(job.request_id, job)):
            delay = timedelta(seconds=settings.ENVIRONMENT.fal_poll_interval)
            enqueue(topics.FOLLOW, subject_id=submission.generation_id, delay=delay)


def identify(submission: Submission, receipt: Receipt) -> bool:
    """Connect a locked submission with FAL's job. False when nobody waits for the job: then it is called off."""
    if Submission.objects.filter(request_id=receipt.request_id).exclude(id=submission.id).exists():
        _leave_to_holder(submission)
        return False
    if submission.request_id not in {None, receipt.request_id} or not _may_be_accepted(submission):
        _record_surplus(submission, receipt)
        return False
    known = {"request_id": receipt.request_id} | _urls(receipt.job)
    if submission.state == SubmissionState.ACCEPTED:
        Submission.objects.filter(id=submission.id).update(**known)
    else:
        advance_submission(submission.id, to=SubmissionState.ACCEPTED, **known)
    advance(submission.generation_id, to=Status.SUBMITTED, submitted_at=timezone.now())
    if submission.generation.is_over:
        enqueue(topics.CANCEL, subject_id=submission.generation_id)
    return not submission.generation.is_over


def job_of(submission: Submission) -> AcceptedJob | None:
    """FAL's receipt as it was stored; None while only the webhook has named the job."""
    if submission.request_id is None or not submission.response_url:
        return None
    return AcceptedJob(
        request_id=submission.request_id,
        status_url=submission.status_url,
        response_url=submission.response_url,
        cancel_url=submission.cancel_url,
    )


def _may_be_accepted(submission: Submission) -> bool:
    """An abandoned submission may come back to life as long as nothing took its place."""
    if submission.state == SubmissionState.ABANDONED:
        return live_submission(submission.generation_id) is None
    return submission.state != SubmissionState.REFUSED


def _leave_to_holder(submission: Submission) -> None:
    """A search by equal input gave this job to a twin. Who has none yet goes on looking: the twin's own may be left."""
    if advance_submission(submission.id, to=SubmissionState.UNKNOWN) or submission.state == SubmissionState.UNKNOWN:
        enqueue(topics.RECONCILE, subject_id=submission.generation_id)


def _record_surplus(submission: Submission, receipt: Receipt) -> None:
    """FAL holds a job that nobody waits for. This must never happen unseen: it costs money."""
    known = {"request_id": receipt.request_id} | _urls(receipt.job)
    if submission.request_id in {None, receipt.request_id}:
        Submission.objects.filter(id=submission.id).update(**known)
    elif receipt.job is not None:
        _add_surplus_row(submission, known)
    enqueue(topics.CANCEL, subject_id=submission.generation_id)
    record_event(
        "generation.surplus_job",
        outcome=Outcome.FAILED,
        subject=Subject(RESOURCE, submission.generation_id),
        details={"submission": str(submission.id), "request_id": receipt.request_id},
    )
    log.critical("surplus_job", submission_id=str(submission.id), request_id_of_fal=receipt.request_id)


def _add_surplus_row(submission: Submission, known: dict[str, str]) -> None:
    """A second job of one submission gets a row of its own, so that calling it off survives a crash."""
    Submission.objects.create(
        generation_id=submission.generation_id,
        attempt=Submission.objects.filter(generation_id=submission.generation_id).count() + 1,
        state=SubmissionState.ABANDONED,
        # Nobody knows a token for it: the webhook of this job comes to the address of the submission.
        webhook_digest=secrets.token_hex(32),
        sent_at=submission.sent_at,
        provider_error="surplus_job",
        **known,
    )


def _urls(job: AcceptedJob | None) -> dict[str, str]:
    if job is None:
        return {}
    return {"status_url": job.status_url, "response_url": job.response_url, "cancel_url": job.cancel_url}
