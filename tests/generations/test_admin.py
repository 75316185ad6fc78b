"""The admin shows where every job stands, changes nothing, and shows no secret."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from generations.models import Asset, Submission
from generations.states import SubmissionState
from tests.generations.conftest import Person
from tests.generations.test_read_and_delete import make
from tests.support.factories import user_factory
from velro.audit.models import Outcome
from velro.audit.services import record_event
from velro.background.outbox import enqueue

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(user_factory(is_staff=True, is_superuser=True))
    return client


def test_a_generation_is_shown_with_its_attempts_and_without_its_content(owner: Person, operator: Client) -> None:
    generation = make(owner, title="My fox", tags=["my-tag"], input={"prompt": "my prompt"})
    Submission.objects.create(
        generation=generation,
        attempt=1,
        webhook_digest="d1" * 32,
        state=SubmissionState.ACCEPTED,
        request_id="fal-job-1",
        sent_at=timezone.now(),
    )
    asset = Asset.objects.create(
        generation=generation,
        index=0,
        kind="image",
        content_type="image/png",
        bytes=1,
        sha256="ab" * 32,
        storage_key="my-file",
        thumbnail_key="my-thumbnail",
    )

    listing = operator.get("/admin/generations/generation/").content.decode()
    page = operator.get(f"/admin/generations/generation/{generation.id}/change/").content.decode()

    assert str(generation.id) in listing
    assert "Queued" in listing
    assert "fal-job-1" in page
    files = operator.get("/admin/generations/asset/").content.decode()
    file = operator.get(f"/admin/generations/asset/{asset.id}/change/").content.decode()
    assert "ab" * 32 in file
    shown = listing + page + files + file
    secrets = ("d1" * 32, "My fox", "my-tag", "my prompt", "my-file", "my-thumbnail")
    assert [secret for secret in secrets if secret in shown] == []


@pytest.mark.parametrize(
    "path",
    [
        "generations/generation/",
        "generations/asset/",
        "background/outboxmessage/",
        "audit/auditevent/",
    ],
)
def test_lists_open_and_offer_no_way_to_add(owner: Person, operator: Client, path: str) -> None:
    enqueue("generations.submit", subject_id=make(owner).id, delay=timedelta(hours=1))
    record_event("something.happened", outcome=Outcome.SUCCEEDED)

    assert operator.get(f"/admin/{path}").status_code == 200
    assert operator.get(f"/admin/{path}add/").status_code == 403


def test_search_finds_by_the_address_of_the_owner(owner: Person, operator: Client) -> None:
    generation = make(owner)

    found = operator.get("/admin/generations/generation/", {"q": owner.user.email}).content.decode()
    assert str(generation.id) in found


@pytest.mark.parametrize("words", ["nobody@velro.test", "My fox", "my prompt"])
def test_search_looks_into_no_content(owner: Person, operator: Client, words: str) -> None:
    generation = make(owner, title="My fox", input={"prompt": "my prompt"})

    found = operator.get("/admin/generations/generation/", {"q": words}).content.decode()

    assert str(generation.id) not in found


def test_nothing_can_be_changed_by_hand(owner: Person, operator: Client) -> None:
    generation = make(owner, title="Fox")

    changed = operator.post(f"/admin/generations/generation/{generation.id}/change/", {"title": "Hare"})
    deleted = operator.post(f"/admin/generations/generation/{generation.id}/delete/", {"post": "yes"})

    assert (changed.status_code, deleted.status_code) == (403, 403)
    generation.refresh_from_db()
    assert generation.title == "Fox"
