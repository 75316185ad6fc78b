"""What lost its place in the outbox is put back, and what fails for ever is given up visibly."""

from datetime import timedelta

import pytest
from django.utils import timezone

from generations import topics
from generations.models import Generation
from generations.services.endings import give_up
from generations.tasks import sweep
from tests.generations.conftest import Fal, Person, stored
from tests.support.work import pending_topics, run_due_work, run_next_work
from velro.background.models import OutboxMessage
from velro.background.topics import topic_named

pytestmark = pytest.mark.django_db


def lose_everything() -> None:
    OutboxMessage.objects.all().delete()
    Generation.objects.update(created_at=timezone.now() - timedelta(minutes=5))


def test_a_generation_nobody_promised_anything_goes_on(owner: Person, fal: Fal) -> None:
    generation = stored(owner.create())
    lose_everything()
    sweep()
    run_due_work()
    lose_everything()
    fal.wait_until_done(generation)
    sweep()
    run_next_work()

    assert owner.read(generation.id).json()["status"] == "completed"
    assert len(fal.jobs_of(generation)) == 1


def test_a_finished_job_whose_files_were_not_fetched_is_collected(owner: Person, fal: Fal) -> None:
    generation = stored(owner.create())
    run_due_work()
    fal.deliver_next()
    lose_everything()

    sweep()

    assert pending_topics(generation.id) == {topics.COLLECT}


def test_what_is_promised_or_over_or_new_is_left_alone(owner: Person) -> None:
    stored(owner.create())
    sweep()
    assert OutboxMessage.objects.count() == 1

    OutboxMessage.objects.all().delete()
    sweep()
    assert OutboxMessage.objects.count() == 0

    lose_everything()
    give_up(topics.SUBMIT, Generation.objects.get().id)
    OutboxMessage.objects.all().delete()
    sweep()
    assert OutboxMessage.objects.count() == 0


def give_up_at(name: str, generation: Generation) -> None:
    topic = topic_named(name)
    assert topic is not None
    topic.give_up(generation.id)


@pytest.mark.parametrize("topic", [topics.SUBMIT, topics.RECONCILE, topics.FOLLOW, topics.COLLECT])
def test_giving_up_tells_the_person_why(owner: Person, topic: str) -> None:
    generation = stored(owner.create())

    give_up_at(topic, generation)

    error = owner.read(generation.id).json()["error"]
    assert error["code"].endswith(("_failed", "_unknown"))
    assert error["message"].endswith(".")


def test_giving_up_a_cancellation_changes_nothing(owner: Person) -> None:
    generation = stored(owner.create())

    give_up_at(topics.CANCEL, generation)

    assert owner.read(generation.id).json()["status"] == "queued"
