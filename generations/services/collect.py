"""Bringing the result home: fetch every file, measure it, store it, and complete the generation.

It may be killed anywhere and run again, even twice at once: files have keys that follow from the generation and the
place of the output, assets are unique per place, and the rows of all files, the cost and the end state are committed
together.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from generations.actions import RESOURCE
from generations.fal.catalogue import actual_cost, model_named, outputs_of
from generations.fal.errors import JobFailed, JobGone, Unreachable
from generations.fal.port import AcceptedJob, JobResult
from generations.fal.queue import fal_queue
from generations.media.errors import OutputRejected, OutputUnavailable
from generations.models import Asset, Generation, Submission
from generations.selectors import accepted_submission
from generations.services.endings import COLLECTION_FAILED, OUTPUT_UNAVAILABLE, RESULT_GONE, fail_generation
from generations.services.follow import next_wait
from generations.services.locking import sole_collector
from generations.services.receipts import accept_job, job_of
from generations.services.storing import discard_orphans, store_outputs
from generations.services.transitions import advance
from generations.states import Status
from generations.values import Failure
from velro.audit.models import Outcome
from velro.audit.services import Subject, record_event
from velro.background.outbox import backoff
from velro.background.topics import Again

log = structlog.get_logger(__name__)

WHILE_ANOTHER_COLLECTS: Final = timedelta(seconds=15)
MOST_FETCHES: Final = 8


def collect_outputs(generation_id: UUID) -> Again | None:
    """Finish a generation whose job FAL has finished. None once it has ended, well or not."""
    with sole_collector(generation_id) as is_sole:
        if not is_sole:
            return Again(WHILE_ANOTHER_COLLECTS)
        submission = accepted_submission(generation_id)
        again = _collect(submission) if submission else None
        if again is None:
            discard_orphans(generation_id)
        return again


def _collect(submission: Submission) -> Again | None:
    generation = submission.generation
    if submission.collections >= MOST_FETCHES:
        # The last try ended without a word: its worker was killed, or ran out of the time of a task.
        fail_generation(generation.id, COLLECTION_FAILED)
        return None
    is_last_try = submission.collections + 1 >= MOST_FETCHES
    try:
        result = _result_of(submission)
        assets = _fetch(submission, result, is_last_try=is_last_try)
    except (JobFailed, OutputRejected) as problem:
        fail_generation(generation.id, Failure(problem.code, problem.message))
    except JobGone:
        fail_generation(generation.id, RESULT_GONE)
    except Unreachable as problem:
        is_last = timezone.now() >= generation.deadline_at
        return _come_back(submission, problem, delay=None if is_last else next_wait(submission))
    except OutputUnavailable as problem:
        return _come_back(submission, problem, delay=None if is_last_try else backoff(submission.collections + 1))
    else:
        _complete(generation, assets=assets, cost=_cost_of(generation, result, outputs_count=len(assets)))
    return None


def _fetch(submission: Submission, result: JobResult, *, is_last_try: bool) -> list[Asset]:
    """One of the counted tries. It is counted before anything moves, so one that kills its worker counts too."""
    outputs = outputs_of(model_named(submission.generation.model), result.output)
    Submission.objects.filter(id=submission.id).update(collections=F("collections") + 1)
    return store_outputs(submission.generation, outputs, is_last_try=is_last_try)


def _result_of(submission: Submission) -> JobResult:
    """FAL's answer; the copy that came with the webhook where FAL cannot or can no longer give it.

    Raises JobFailed, JobGone or Unreachable.
    """
    try:
        return fal_queue().result(_located_job(submission))
    except (JobGone, Unreachable):
        if submission.webhook_is_ok and submission.webhook_payload is not None:
            return JobResult(submission.webhook_payload)
        raise


def _located_job(submission: Submission) -> AcceptedJob:
    """A job that only its webhook has named has no addresses yet. Raises JobGone for a name that cannot be one."""
    job = job_of(submission)
    if job is None:
        job = fal_queue().locate(submission.generation.model, request_id=submission.request_id or "")
        accept_job(submission.id, job)
    return job


def _come_back(
    submission: Submission, problem: Unreachable | OutputUnavailable, *, delay: timedelta | None
) -> Again | None:
    """After `delay`; None says that this was the last time."""
    log.warning("collection_postponed", code=problem.code, fetches=submission.collections)
    if delay is None:
        fail_generation(submission.generation_id, OUTPUT_UNAVAILABLE)
        return None
    return Again(delay)


def _cost_of(generation: Generation, result: JobResult, *, outputs_count: int) -> Decimal:
    model = model_named(generation.model)
    return actual_cost(model, generation.input, billable_units=result.billable_units, outputs_count=outputs_count)


def _complete(generation: Generation, *, assets: Sequence[Asset], cost: Decimal) -> None:
    with transaction.atomic():
        if not advance(generation.id, to=Status.COMPLETED, cost=cost, progress=1.0):
            return
        Asset.objects.bulk_create(assets)
        details: Mapping[str, Any] = {"assets": len(assets), "cost": str(cost)}
        record_event(
            "generation.completed", outcome=Outcome.SUCCEEDED, subject=Subject(RESOURCE, generation.id), details=details
        )
    log.info("generation_completed", generation_id=str(generation.id), assets=len(assets))
