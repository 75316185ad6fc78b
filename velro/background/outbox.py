"""Writing messages, sending them to the broker, and running them. See the package's docstring for the guarantees."""

import random
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from velro.background.models import OutboxMessage
from velro.background.topics import Again, topic_named
from velro.observability.context import current_request_id, work_context

log = structlog.get_logger(__name__)

RUN_TASK = "velro.background.run"
RELAY_BATCH = 500
FIRST_BACKOFF = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(minutes=2)
NOW = timedelta(0)


def enqueue(topic: str, *, subject_id: UUID, delay: timedelta = NOW) -> None:
    """Promise, in the caller's transaction, that `topic` will handle `subject_id`.

    A pending promise is brought forward.
    """
    due_at = timezone.now() + delay
    message, is_new = OutboxMessage.objects.get_or_create(
        topic=topic, subject_id=subject_id, defaults={"due_at": due_at, "request_id": current_request_id()}
    )
    if not is_new:
        OutboxMessage.objects.filter(id=message.id, due_at__gt=due_at).update(due_at=due_at, published_at=None)
    if not delay:
        transaction.on_commit(lambda: publish([message.id]), robust=True)


def publish(message_ids: list[UUID]) -> None:
    """Nudge the workers. A broker that is down costs only time: the relay comes back to every row."""
    try:
        with current_app.producer_pool.acquire(block=True, timeout=2) as producer:
            for message_id in message_ids:
                current_app.send_task(RUN_TASK, args=[str(message_id)], producer=producer, retry=False)
    except (OperationalError, OSError, TimeoutError) as error:
        log.warning("outbox_publish_failed", messages=len(message_ids), error=type(error).__name__)
        return
    OutboxMessage.objects.filter(id__in=message_ids).update(published_at=timezone.now())


def relay_due_messages() -> int:
    """Publish every due message that was not published lately. Returns how many."""
    stale = timezone.now() - timedelta(seconds=settings.ENVIRONMENT.outbox_republish_after)
    due = OutboxMessage.objects.filter(
        Q(published_at__isnull=True) | Q(published_at__lt=stale), due_at__lte=timezone.now()
    ).order_by("due_at")
    message_ids = list(due.values_list("id", flat=True)[:RELAY_BATCH])
    if message_ids:
        publish(message_ids)
    return len(message_ids)


def run_message(message_id: UUID) -> None:
    """Handle one message if it is due and nobody holds it; otherwise do nothing."""
    lease = uuid4()
    message = _take(message_id, lease)
    if message is None:
        return
    with work_context(request_id=message.request_id, topic=message.topic, subject_id=str(message.subject_id)):
        _settle(message, lease, next_due=_run_handler(message))


def _take(message_id: UUID, lease: UUID) -> OutboxMessage | None:
    now = timezone.now()
    taken = OutboxMessage.objects.filter(id=message_id, due_at__lte=now).update(
        due_at=now + timedelta(seconds=settings.ENVIRONMENT.outbox_lease), lease=lease, attempts=F("attempts") + 1
    )
    return OutboxMessage.objects.filter(id=message_id, lease=lease).first() if taken else None


def _run_handler(message: OutboxMessage) -> datetime | None:
    """When to run again; None when the message is done."""
    topic = topic_named(message.topic)
    try:
        outcome = topic.handle(message.subject_id)
    except Exception as error:
        log.exception("outbox_handler_failed", attempts=message.attempts)
        message.last_error = f"{type(error).__name__}: {error}"[:500]
        if message.attempts < topic.max_attempts:
            return timezone.now() + backoff(message.attempts)
        topic.give_up(message.subject_id)
        return None
    message.attempts = 0
    return timezone.now() + outcome.delay if isinstance(outcome, Again) else None


def _settle(message: OutboxMessage, lease: UUID, *, next_due: datetime | None) -> None:
    held = OutboxMessage.objects.filter(id=message.id, lease=lease)
    if next_due is None:
        held.delete()
    else:
        held.update(
            due_at=next_due,
            published_at=None,
            lease=None,
            attempts=message.attempts,
            last_error=message.last_error,
        )


def backoff(attempts: int) -> timedelta:
    """Exponential with jitter between half and the whole, so that failures do not come back in step."""
    ceiling = min(FIRST_BACKOFF * 2 ** (attempts - 1), LONGEST_BACKOFF)
    return ceiling * (0.5 + random.random() / 2)  # noqa: S311 - jitter, not a secret
