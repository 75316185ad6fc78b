"""From the wish to the files, with the sandbox as FAL."""

import hashlib
from decimal import Decimal

import pytest

from tests.generations.conftest import Fal, Person, stored
from tests.support.work import pending_topics, run_due_work, run_next_work

pytestmark = pytest.mark.django_db


def test_a_wish_becomes_files_with_polling_alone(owner: Person, fal: Fal) -> None:
    generation = stored(owner.create(num_images=2, output_format="png"))
    run_due_work()
    fal.wait_until_done(generation)
    run_next_work()

    body = owner.read(generation.id).json()

    assert body["status"] == "completed"
    assert body["error"] is None
    assert [asset["content_type"] for asset in body["assets"]] == ["image/png", "image/png"]
    assert [(asset["width"], asset["height"]) for asset in body["assets"]] == [(64, 64), (64, 64)]
    assert Decimal(body["cost"]["amount"]) == Decimal("0.006")
    assert pending_topics(generation.id) == set()
    assert len(fal.jobs_of(generation)) == 1


def test_a_wish_becomes_files_with_the_webhook_alone(owner: Person, fal: Fal) -> None:
    generation = stored(owner.create())
    run_due_work()

    assert fal.deliver_next().status_code == 200
    run_due_work()

    body = owner.read(generation.id).json()
    assert body["status"] == "completed"
    (asset,) = body["assets"]
    path = asset["url"].partition("//")[2].partition("/")[2]
    content = b"".join(owner.client.get(f"/{path}"))
    assert hashlib.sha256(content).hexdigest() == asset["sha256"]
    assert len(content) == asset["bytes"]
