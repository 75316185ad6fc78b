"""Belt and braces: whatever lost its place in the outbox, through an operator's hand say, is put back."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from django.db.models import Exists, OuterRef
from django.utils import timezone

from generations import topics
from generations.models import Generation, Submission
from generations.states import LIVE, TERMINAL, Status, SubmissionState
from velro.background.models import OutboxMessage
from velro.background.outbox import enqueue

log = structlog.get_logger(__name__)

SETTLED_AFTER: Final = timedelta(minutes=1)
BATCH: Final = 500


def resume_stranded_generations() -> int:
    """Promise the next step of every unfinished generation that nobody has promised anything. Returns how many."""
    promised = OutboxMessage.objects.filter(subject_id=OuterRef("id"), topic__startswith="generations.")
    stranded = (
        Generation.objects.filter(~Exists(promised), created_at__lt=timezone.now() - SETTLED_AFTER)
        .exclude(status__in=TERMINAL)
        .order_by("created_at")
        .values_list("id", "status")[:BATCH]
    )
    for generation_id, status in stranded:
        topic = _next_step(generation_id, status=status)
        log.error("generation_stranded", generation_id=str(generation_id), topic=topic)
        enqueue(topic, subject_id=generation_id)
    return len(stranded)


def _next_step(generation_id: UUID, *, status: str) -> str:
    submission = Submission.objects.filter(generation_id=generation_id, state__in=LIVE).first()
    if submission is None or status == Status.QUEUED:
        return topics.SUBMIT
    is_done = submission.state == SubmissionState.ACCEPTED and (submission.finished_at or not submission.response_url)
    return topics.COLLECT if is_done else topics.FOLLOW
