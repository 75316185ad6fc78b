"""Handing a job to FAL, once. The attempt is committed before the request leaves, so that a crash cannot hide it.

FAL has no idempotency key: a second POST is a second paid job. A new attempt is therefore made only when the last one
certainly did not arrive, was refused, or was looked for in vain (see `reconcile`).
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from authorization import engine
from authorization.facts import Principal
from generations import topics
from generations.actions import READ
from generations.fal.errors import NotSent, OutcomeUnknown, Refused
from generations.fal.port import JobOrder
from generations.fal.queue import fal_queue
from generations.models import Generation, Submission
from generations.services.endings import NO_LONGER_ALLOWED, TIMED_OUT, fail_generation
from generations.services.locking import live_submission, lock_generation
from generations.services.receipts import accept_job
from generations.services.transitions import advance_submission
from generations.states import Status, SubmissionState
from generations.values import Failure
from teams.actions import CREATE_IN_PROJECT
from velro.background.outbox import backoff, enqueue
from velro.background.topics import Again

log = structlog.get_logger(__name__)

WEBHOOK_PATH: Final = "/api/v1/webhooks/fal/"
TOKEN_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Attempt:
    """A committed submission and the order to send for it."""

    submission: Submission
    order: JobOrder


def submit_to_fal(generation_id: UUID) -> Again | None:
    """Send the job of a queued generation unless an attempt is alive already."""
    with transaction.atomic():
        attempt = _begin_attempt(generation_id)
    if attempt is None:
        return None
    submission = attempt.submission
    try:
        job = fal_queue().submit(attempt.order)
    except NotSent as problem:
        return _try_later(submission, problem)
    except OutcomeUnknown as problem:
        _look_for_it(submission, problem)
    except Refused as problem:
        if problem.is_retryable:
            return _try_later(submission, problem)
        _take_no(submission, problem)
    else:
        accept_job(submission.id, job)
    return None


def digest_of(token: str) -> str:
    """What is kept of a webhook token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _begin_attempt(generation_id: UUID) -> Attempt | None:
    generation = lock_generation(generation_id)
    if generation is None or generation.status != Status.QUEUED:
        return None
    if live_submission(generation_id) is not None:
        # A worker sent it, or died around sending it. Either way it is looked for, never sent again from here.
        enqueue(topics.RECONCILE, subject_id=generation_id)
        return None
    if timezone.now() >= generation.deadline_at:
        fail_generation(generation_id, TIMED_OUT)
        return None
    if not _is_still_allowed(generation):
        fail_generation(generation_id, NO_LONGER_ALLOWED)
        return None
    return _new_attempt(generation)


def _is_still_allowed(generation: Generation) -> bool:
    """What held when it was asked for must hold when it costs: of the project for who asked, and of their account."""
    # Their session may be long over: the job speaks for them.
    originator = Principal(user_id=generation.owner_id, session_id=generation.id)
    if generation.project_id is None:
        return engine.decide(originator, READ, generation.id).is_allowed
    return engine.decide(originator, CREATE_IN_PROJECT, generation.project_id).is_allowed


def _new_attempt(generation: Generation) -> Attempt:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    submission = Submission.objects.create(
        generation=generation,
        attempt=generation.submissions.count() + 1,
        webhook_digest=digest_of(token),
        sent_at=timezone.now(),
    )
    return Attempt(submission, order_of(submission, webhook_url=settings.ENVIRONMENT.public_url + WEBHOOK_PATH + token))


def order_of(submission: Submission, *, webhook_url: str = "") -> JobOrder:
    """The order of a submission. Its webhook address is known only to the one who sends it."""
    generation = submission.generation
    return JobOrder(endpoint=generation.model, input=generation.input, tag=str(submission.id), webhook_url=webhook_url)


def _try_later(submission: Submission, problem: NotSent | Refused) -> Again | None:
    """Nothing runs at FAL. The deadline of the generation, not a number of tries, ends this."""
    state = SubmissionState.ABANDONED if isinstance(problem, NotSent) else SubmissionState.REFUSED
    if not advance_submission(submission.id, to=state, provider_error=problem.code):
        return None
    delay = backoff(submission.attempt)
    if timezone.now() + delay < submission.generation.deadline_at:
        log.info("submission_postponed", code=problem.code, attempt=submission.attempt)
        return Again(delay)
    fail_generation(submission.generation_id, Failure(problem.code, problem.message))
    return None


def _take_no(submission: Submission, problem: Refused) -> None:
    if advance_submission(submission.id, to=SubmissionState.REFUSED, provider_error=problem.code):
        fail_generation(submission.generation_id, Failure(problem.code, problem.message))


def _look_for_it(submission: Submission, problem: OutcomeUnknown) -> None:
    """The first look waits a moment: FAL's webhook or list may need it to show the job."""
    with transaction.atomic():
        if advance_submission(submission.id, to=SubmissionState.UNKNOWN, provider_error=problem.code):
            delay = timedelta(seconds=settings.ENVIRONMENT.fal_poll_interval)
            enqueue(topics.RECONCILE, subject_id=submission.generation_id, delay=delay)
    log.warning("submission_outcome_unknown", code=problem.code, submission_id=str(submission.id))
