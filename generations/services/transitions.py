"""The only writers of `status` and `state`: they move along the tables of `generations.states` or not at all."""

from typing import Any
from uuid import UUID

from django.utils import timezone

from generations.models import Generation, Submission
from generations.states import TERMINAL, Status, SubmissionState, sources_of, submission_sources_of


def advance(generation_id: UUID, *, to: Status, **changes: Any) -> bool:
    """Move a generation to `to` with `changes`, unless it is somewhere from where that is not possible.

    Says whether.
    """
    now = timezone.now()
    if to in TERMINAL:
        changes |= {"finished_at": now, "queue_position": None}
    movable = Generation.objects.filter(id=generation_id, status__in=sources_of(to))
    return bool(movable.update(status=to, updated_at=now, **changes))


def advance_submission(submission_id: UUID, *, to: SubmissionState, **changes: Any) -> bool:
    """The same for a submission."""
    movable = Submission.objects.filter(id=submission_id, state__in=submission_sources_of(to))
    return bool(movable.update(state=to, **changes))
