"""Writing messages, sending them to the broker, and running them. See the package's docstring for the guarantees."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from velro.background.models import OutboxMessage
from velro.background.topics import Again, topic_named
from velro.observability.context import current_request_id, work_context

log = structlog.get_logger(__name__)

RUN_TASK = "velro.background.run"
RELAY_BATCH = 500
FIRST_BACKOFF = timedelta(seconds=1)
LONGEST_BACKOFF = timedelta(minutes=2)
MOST_DOUBLINGS = 10
AT_ONCE = timedelta(0)

# One statement, because the row may be taken, settled or deleted by a worker at the same moment. LEAST ignores NULL.
PROMISE = """
INSERT INTO background_outboxmessage AS message
    (id, topic, subject_id, request_id, created_at, due_at, published_at, attempts, last_error)
VALUES (%(id)s, %(topic)s, %(subject_id)s, %(request_id)s, now(), %(due_at)s, %(published_at)s, 0, '')
ON CONFLICT (topic, subject_id) DO UPDATE SET
    due_at = CASE WHEN message.lease IS NULL THEN LEAST(message.due_at, EXCLUDED.due_at) ELSE message.due_at END,
    wake_at = CASE WHEN message.lease IS NULL THEN NULL ELSE LEAST(message.wake_at, EXCLUDED.due_at) END,
    published_at = EXCLUDED.published_at
RETURNING id
"""


def enqueue(topic: str, *, subject_id: UUID, delay: timedelta = AT_ONCE) -> None:
    """Promise, in the caller's transaction, that `topic` will handle `subject_id` after `delay`.

    A promise that is pending already is brought forward, never doubled; one that runs right now is run once more.
    """
    now = timezone.now()
    promise: dict[str, UUID | str | datetime | None] = {
        "id": uuid4(),
        "topic": topic,
        "subject_id": subject_id,
        "request_id": current_request_id(),
        "due_at": now + delay,
        "published_at": None if delay else now,
    }
    with connection.cursor() as cursor:
        cursor.execute(PROMISE, promise)
        (message_id,) = cursor.fetchone()
    if not delay:
        transaction.on_commit(lambda: publish([message_id]), robust=True)


def publish(message_ids: Sequence[UUID]) -> None:
    """Nudge the workers. A broker that is down costs only time: the relay comes back to every row."""
    try:
        for message_id in message_ids:
            current_app.send_task(RUN_TASK, args=[str(message_id)], retry=False)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("outbox_publish_failed", messages=len(message_ids), error=type(error).__name__)
        OutboxMessage.objects.filter(id__in=message_ids).update(published_at=None)


def relay_due_messages() -> int:
    """Publish every due message that was not published lately. Returns how many."""
    now = timezone.now()
    stale = now - timedelta(seconds=settings.ENVIRONMENT.outbox_republish_after)
    unpublished = Q(published_at__isnull=True) | Q(published_at__lt=stale)
    with transaction.atomic():
        due = OutboxMessage.objects.filter(unpublished, due_at__lte=now).order_by("due_at")
        message_ids = list(due.select_for_update(skip_locked=True).values_list("id", flat=True)[:RELAY_BATCH])
        OutboxMessage.objects.filter(id__in=message_ids).update(published_at=now)
    publish(message_ids)
    return len(message_ids)


def run_message(message_id: UUID) -> None:
    """Handle one message if it is due and nobody holds it; otherwise do nothing."""
    message = _take(message_id, lease=uuid4())
    if message is None:
        return
    with work_context(request_id=message.request_id, topic=message.topic, subject_id=str(message.subject_id)):
        _settle(message, next_due=_run_handler(message))


def _take(message_id: UUID, *, lease: UUID) -> OutboxMessage | None:
    now = timezone.now()
    taken = OutboxMessage.objects.filter(id=message_id, due_at__lte=now).update(
        due_at=now + timedelta(seconds=settings.ENVIRONMENT.outbox_lease), lease=lease, attempts=F("attempts") + 1
    )
    return OutboxMessage.objects.filter(id=message_id, lease=lease).first() if taken else None


def _run_handler(message: OutboxMessage) -> datetime | None:
    """When to run again; None when the message is done."""
    topic = topic_named(message.topic)
    if topic is None:
        # Written by a newer or an older version: kept for a worker that knows it.
        log.critical("outbox_topic_unknown")
        return timezone.now() + LONGEST_BACKOFF
    if message.attempts > topic.max_attempts:
        # Every worker that took it died with it, or it would have ended below.
        topic.give_up(message.subject_id)
        return None
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


@transaction.atomic
def _settle(message: OutboxMessage, *, next_due: datetime | None) -> None:
    held = OutboxMessage.objects.select_for_update().filter(id=message.id, lease=message.lease).first()
    if held is None:
        return
    due_times = [moment for moment in (next_due, held.wake_at) if moment is not None]
    if not due_times:
        held.delete()
        return
    held.due_at = min(due_times)
    held.lease = held.wake_at = held.published_at = None
    held.attempts, held.last_error = message.attempts, message.last_error
    held.save()


def backoff(attempts: int) -> timedelta:
    """Exponential with jitter between half and the whole, so that failures do not come back in step."""
    doublings = min(attempts - 1, MOST_DOUBLINGS)
    ceiling: timedelta = min(FIRST_BACKOFF * 2**doublings, LONGEST_BACKOFF)
    return ceiling * (0.5 + random.random() / 2)  # noqa: S311 - jitter, not a secret
