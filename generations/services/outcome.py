"""Where webhook and poller meet: FAL is done with a job, whichever of the two was first to hear it."""

from django.db import transaction
from django.utils import timezone

from generations import topics
from generations.models import Submission
from velro.background.outbox import enqueue


def note_job_over(submission: Submission) -> None:
    """Promise to collect what the job produced. Hearing it twice changes nothing."""
    with transaction.atomic():
        Submission.objects.filter(id=submission.id, finished_at__isnull=True).update(finished_at=timezone.now())
        enqueue(topics.COLLECT, subject_id=submission.generation_id)
