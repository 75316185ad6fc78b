"""The two Celery tasks of the outbox."""

from uuid import UUID

from celery import shared_task

from velro.background import outbox


@shared_task(name=outbox.RUN_TASK)
def run(message_id: str) -> None:
    """Handle one message."""
    outbox.run_message(UUID(message_id))


@shared_task(name="velro.background.relay")
def relay() -> None:
    """Publish what is due."""
    outbox.relay_due_messages()
