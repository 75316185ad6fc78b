"""Hearing from FAL. A verified notice is written down in one short transaction; fetching is left to the worker."""

import json
from typing import Final
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from generations.fal.webhook import WebhookNotice
from generations.models import Submission
from generations.services.locking import lock_submission
from generations.services.outcome import note_job_over
from generations.services.receipts import Receipt, identify
from generations.services.submit import digest_of
from generations.storable import is_storable, storable_text
from velro.errors import NotFound

log = structlog.get_logger(__name__)

LARGEST_COPY: Final = 262_144


def submission_of_token(token: str) -> UUID:
    """The submission whose webhook address this is. Raises NotFound for every other token."""
    submission_id = Submission.objects.filter(webhook_digest=digest_of(token)).values_list("id", flat=True).first()
    if submission_id is None:
        raise NotFound
    return submission_id


def receive_notice(submission_id: UUID, notice: WebhookNotice) -> None:
    """Take a verified notice.

    It may come twice, before FAL's own answer to the submit, or for a job nobody waits for.
    """
    with transaction.atomic():
        submission = lock_submission(_holder(submission_id, request_id=notice.request_id))
        if submission.webhook_received_at is not None and submission.request_id == notice.request_id:
            return
        is_wanted = identify(submission, Receipt(notice.request_id))
        _keep(submission, notice)
        if is_wanted:
            note_job_over(submission)
    log.info("webhook_received", submission_id=str(submission.id), is_ok=notice.is_ok, is_wanted=is_wanted)


def _holder(submission_id: UUID, *, request_id: str) -> UUID:
    """A search by equal input may have given this job to a twin of the submission. Then it is the twin's result."""
    holder = Submission.objects.filter(request_id=request_id).values_list("id", flat=True).first()
    return holder or submission_id


def _keep(submission: Submission, notice: WebhookNotice) -> None:
    """The payload is a second copy of the result, in case FAL no longer has its own when we come for it."""
    is_kept = is_storable(notice.payload) and len(json.dumps(notice.payload)) <= LARGEST_COPY
    Submission.objects.filter(id=submission.id, request_id=notice.request_id).update(
        webhook_received_at=timezone.now(),
        webhook_is_ok=notice.is_ok,
        webhook_payload=notice.payload if is_kept else None,
        provider_error=storable_text(notice.error),
        finished_at=submission.finished_at or timezone.now(),
    )
