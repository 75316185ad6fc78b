"""A promise is kept: whatever dies, repeats or comes twice, each message is handled, and by one worker at a time."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from velro.background import outbox, topics
from velro.background.models import OutboxMessage
from velro.background.outbox import enqueue, relay_due_messages, run_message
from velro.background.topics import Again, Topic

pytestmark = pytest.mark.django_db(transaction=True)

TOPIC = "tests.work"


@dataclass
class Work:
    """A handler that notes its subjects and does what the test tells it."""

    handled: list[UUID] = field(default_factory=list)
    given_up: list[UUID] = field(default_factory=list)
    answers: list[Again | Exception | None] = field(default_factory=list)

    def handle(self, subject_id: UUID) -> Again | None:
        self.handled.append(subject_id)
        answer = self.answers.pop(0) if self.answers else None
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def work() -> Iterator[Work]:
    work = Work()
    topics.register_topic(Topic(TOPIC, work.handle, work.given_up.append, max_attempts=2))
    yield work
    del topics._topics[TOPIC]


def promised(*, due_in: timedelta = timedelta(0)) -> OutboxMessage:
    subject_id = uuid4()
    enqueue(TOPIC, subject_id=subject_id, delay=due_in)
    return OutboxMessage.objects.get(subject_id=subject_id)


def make_due(message: OutboxMessage) -> None:
    OutboxMessage.objects.filter(id=message.id).update(due_at=timezone.now())


def test_a_message_is_handled_and_gone(work: Work) -> None:
    message = promised()
    run_message(message.id)
    assert work.handled == [message.subject_id]
    assert not OutboxMessage.objects.exists()


def test_a_promise_lives_and_dies_with_its_transaction(work: Work) -> None:
    with transaction.atomic():
        enqueue(TOPIC, subject_id=uuid4())
        transaction.set_rollback(True)
    assert not OutboxMessage.objects.exists()
    assert work.handled == []


def test_a_message_that_comes_twice_is_handled_once(work: Work) -> None:
    message = promised()
    run_message(message.id)
    run_message(message.id)
    assert len(work.handled) == 1


def test_a_message_waits_for_its_time(work: Work) -> None:
    message = promised(due_in=timedelta(hours=1))
    run_message(message.id)
    assert work.handled == []
    assert relay_due_messages() == 0


def test_a_pending_promise_is_brought_forward_not_doubled(work: Work) -> None:
    message = promised(due_in=timedelta(hours=1))
    enqueue(TOPIC, subject_id=message.subject_id)
    assert OutboxMessage.objects.count() == 1
    run_message(message.id)
    assert work.handled == [message.subject_id]


def test_a_later_promise_does_not_put_off_an_earlier_one(work: Work) -> None:
    message = promised()
    enqueue(TOPIC, subject_id=message.subject_id, delay=timedelta(hours=1))
    run_message(message.id)
    assert work.handled == [message.subject_id]


def test_a_promise_repeated_while_its_message_runs_is_run_once_more(work: Work) -> None:
    message = promised()

    def repeat_the_promise(subject_id: UUID) -> None:
        enqueue(TOPIC, subject_id=subject_id)

    topics._topics[TOPIC] = Topic(TOPIC, repeat_the_promise, work.given_up.append)
    run_message(message.id)
    topics._topics[TOPIC] = Topic(TOPIC, work.handle, work.given_up.append)
    run_message(message.id)
    assert work.handled == [message.subject_id]
    assert not OutboxMessage.objects.exists()


def test_a_handler_can_ask_to_run_again_later(work: Work) -> None:
    work.answers = [Again(timedelta(minutes=5))]
    message = promised()
    run_message(message.id)
    message.refresh_from_db()
    assert timedelta(minutes=4) < message.due_at - timezone.now() <= timedelta(minutes=5)
    assert message.attempts == 0


def test_a_failed_handler_is_tried_again_and_then_given_up(work: Work) -> None:
    work.answers = [RuntimeError("first"), RuntimeError("second")]
    message = promised()
    run_message(message.id)
    message.refresh_from_db()
    assert message.last_error == "RuntimeError: first"
    assert message.due_at > timezone.now()
    make_due(message)
    run_message(message.id)
    assert work.given_up == [message.subject_id]
    assert not OutboxMessage.objects.exists()


def test_a_message_that_kills_every_worker_is_given_up(work: Work) -> None:
    message = promised()
    OutboxMessage.objects.filter(id=message.id).update(attempts=2)
    run_message(message.id)
    assert work.handled == []
    assert work.given_up == [message.subject_id]


@pytest.mark.usefixtures("work")
def test_a_message_of_an_unknown_topic_is_kept_for_a_worker_that_knows_it() -> None:
    message = promised()
    OutboxMessage.objects.filter(id=message.id).update(topic="tests.renamed")
    run_message(message.id)
    message.refresh_from_db()
    assert message.lease is None
    assert message.due_at > timezone.now()


def test_a_message_of_a_dead_worker_is_taken_over_when_its_lease_ends(work: Work) -> None:
    message = promised()
    assert outbox._take(message.id, lease=uuid4()) is not None
    run_message(message.id)
    assert work.handled == []
    make_due(message)
    run_message(message.id)
    assert work.handled == [message.subject_id]


@pytest.mark.usefixtures("work")
def test_a_worker_that_outlived_its_lease_cannot_finish_for_its_successor() -> None:
    message = promised()
    slow = outbox._take(message.id, lease=uuid4())
    make_due(message)
    successor = outbox._take(message.id, lease=uuid4())
    assert slow is not None
    assert successor is not None
    outbox._settle(slow, next_due=None)
    assert OutboxMessage.objects.filter(id=message.id, lease=successor.lease).exists()


def test_two_workers_never_run_one_message_at_the_same_time(work: Work) -> None:
    messages = [promised() for _ in range(20)]
    barrier = Barrier(4)

    def worker(_: int) -> None:
        barrier.wait()
        for message in messages:
            run_message(message.id)
        connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(worker, range(4)))
    assert sorted(work.handled) == sorted(message.subject_id for message in messages)


def test_the_relay_publishes_what_is_due_and_only_once_in_a_while(work: Work) -> None:
    message = promised(due_in=timedelta(hours=1))
    make_due(message)
    assert relay_due_messages() == 1
    assert relay_due_messages() == 0
    long_ago = timezone.now() - timedelta(hours=1)
    OutboxMessage.objects.filter(id=message.id).update(published_at=long_ago)
    assert relay_due_messages() == 1
    assert work.handled == []


@pytest.mark.parametrize(("attempts", "ceiling"), [(1, 1), (2, 2), (5, 16), (50, 120)])
def test_backoff_grows_to_a_limit_with_jitter(attempts: int, ceiling: int) -> None:
    waits = {outbox.backoff(attempts).total_seconds() for _ in range(50)}
    assert all(ceiling / 2 <= wait <= ceiling for wait in waits)
    assert len(waits) > 1
