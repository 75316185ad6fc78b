"""Runs the outbox in the test's own process, and makes time pass for it."""

from uuid import UUID

from django.utils import timezone

from velro.background.models import OutboxMessage
from velro.background.outbox import run_message

MOST_ROUNDS = 100


def run_due_work() -> None:
    """Run every message that is due, and those they make due, until none is."""
    for _ in range(MOST_ROUNDS):
        due = list(OutboxMessage.objects.filter(due_at__lte=timezone.now()).values_list("id", flat=True))
        if not due:
            return
        for message_id in due:
            run_message(message_id)
    raise AssertionError("the outbox does not come to rest")


def run_next_work() -> None:
    """Let the waiting messages come due, then run what is due."""
    bring_forward()
    run_due_work()


def bring_forward() -> None:
    """Make every waiting message due now, and end every lease: as if the time had passed."""
    OutboxMessage.objects.update(due_at=timezone.now())


def pending_topics(subject_id: UUID) -> set[str]:
    """What is promised for a row."""
    return set(OutboxMessage.objects.filter(subject_id=subject_id).values_list("topic", flat=True))
