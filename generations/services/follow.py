"""Polling a job: the safety net below the webhook, and the source of queue position and progress."""

import re
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from generations.fal.errors import JobGone, Unreachable
from generations.fal.port import JobState, JobStatus
from generations.fal.queue import fal_queue
from generations.models import Generation, Submission
from generations.selectors import accepted_submission
from generations.services.endings import RESULT_GONE, TIMED_OUT, fail_generation
from generations.services.outcome import note_job_over
from generations.services.receipts import job_of
from generations.services.transitions import advance
from generations.states import Status
from velro.background.topics import Again

STATUS_OF_JOB: Final = {JobState.QUEUED: Status.SUBMITTED, JobState.RUNNING: Status.IN_PROGRESS}
# Each wait is a tenth of the job's age: a short job is seen soon, a long one is not asked about all the time.
SHARE_OF_AGE: Final = 0.1
LONGEST_WAIT: Final = timedelta(seconds=60)
TIME_TO_APPEAR: Final = timedelta(minutes=1)
STEPS = re.compile(r"(\d{1,6})\s*/\s*(\d{1,6})")
PERCENT = re.compile(r"(\d{1,3})\s*%")


def follow_job(generation_id: UUID) -> Again | None:
    """One look at an unfinished job. None when it is over or nothing is left to follow."""
    submission = accepted_submission(generation_id)
    job = job_of(submission) if submission else None
    if submission is None or job is None or submission.finished_at is not None:
        return None
    if timezone.now() >= submission.generation.deadline_at:
        fail_generation(generation_id, TIMED_OUT)
        return None
    try:
        status = fal_queue().status(job)
    except Unreachable:
        return Again(next_wait(submission))
    except JobGone:
        return _note_absence(submission)
    Submission.objects.filter(id=submission.id).update(last_polled_at=timezone.now())
    if status.state is JobState.FINISHED:
        note_job_over(submission)
        return None
    note_progress(submission.generation, status)
    return Again(next_wait(submission))


def next_wait(submission: Submission) -> timedelta:
    """From the configured interval, growing with the age of the job."""
    first = timedelta(seconds=settings.ENVIRONMENT.fal_poll_interval)
    return min(max(first, (timezone.now() - submission.sent_at) * SHARE_OF_AGE), max(first, LONGEST_WAIT))


def _note_absence(submission: Submission) -> Again | None:
    """FAL may need a moment to show a fresh job, which is paid for. One that it has shown before is not fresh."""
    if submission.last_polled_at is None and timezone.now() - submission.sent_at <= TIME_TO_APPEAR:
        return Again(next_wait(submission))
    fail_generation(submission.generation_id, RESULT_GONE)
    return None


def note_progress(generation: Generation, status: JobStatus) -> None:
    """Store what changed; a look that brings no news leaves the row, and so its ETag, alone."""
    news: dict[str, Any] = {"queue_position": status.queue_position, "progress": progress_of(status.logs)}
    if news["progress"] is None and status.state is JobState.RUNNING:
        news["progress"] = generation.progress
    to = STATUS_OF_JOB[status.state]
    if generation.status != to:
        advance(generation.id, to=to, **news)
    elif any(getattr(generation, name) != value for name, value in news.items()):
        Generation.objects.filter(id=generation.id, status=to).update(updated_at=timezone.now(), **news)


def progress_of(logs: tuple[str, ...]) -> float | None:
    """The share of the work that the newest telling log line speaks of, such as `step 7/28` or `25 %`."""
    for line in reversed(logs):
        steps, percent = STEPS.search(line), PERCENT.search(line)
        done, total = (steps[1], steps[2]) if steps else (percent[1], "100") if percent else ("0", "0")
        if int(total) and int(done) <= int(total):
            return int(done) / int(total)
    return None
