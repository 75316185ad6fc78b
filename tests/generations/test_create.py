"""POST /generations: what is refused, what is promised, and that a repeated request creates nothing new."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from generations import topics
from generations.models import Generation
from generations.states import Status
from tests.generations.conftest import Person, stored
from tests.support.trail import trail
from tests.support.work import pending_topics
from velro.background.models import OutboxMessage

pytestmark = pytest.mark.django_db

FIELDS = {
    "id",
    "status",
    "model",
    "input",
    "project",
    "owner",
    "title",
    "tags",
    "created_at",
    "finished_at",
    "queue_position",
    "progress",
    "cost",
    "error",
    "assets",
}


def pointers(response: Any) -> dict[str, str]:
    return {fault["pointer"]: fault["code"] for fault in response.json()["errors"]}


class TestAccepted:
    def test_the_answer_names_everything_and_where_to_look(self, owner: Person) -> None:
        response = owner.create()

        body = response.json()
        assert response.status_code == 202
        assert set(body) == FIELDS
        assert response["Location"] == f"/api/v1/generations/{body['id']}"
        assert response["ETag"]
        assert (body["status"], body["owner"], body["project"]) == ("queued", str(owner.user.id), None)
        assert (body["cost"], body["error"], body["assets"]) == (None, None, [])

    def test_the_row_the_promise_and_the_audit_record_exist_together(self, owner: Person) -> None:
        generation = stored(owner.create())

        assert pending_topics(generation.id) == {topics.SUBMIT}
        event = trail().get(name="generation.created")
        assert (event.resource_id, event.actor_id) == (generation.id, owner.user.id)

    def test_defaults_are_filled_in_and_a_seed_is_chosen(self, owner: Person) -> None:
        generation = stored(owner.create())

        assert generation.input["num_images"] == 1
        assert isinstance(generation.input["seed"], int)
        assert stored(owner.create()).input["seed"] != generation.input["seed"]

    def test_a_seed_that_is_given_is_kept(self, owner: Person) -> None:
        assert stored(owner.create(seed=0)).input["seed"] == 0

    def test_a_model_without_a_seed_gets_none(self, owner: Person) -> None:
        generation = stored(owner.create(model="fal-ai/elevenlabs/tts/turbo-v2.5", text="Good morning."))

        assert "seed" not in generation.input

    def test_title_and_tags_are_kept_each_tag_once(self, owner: Person) -> None:
        body = {
            "model": "fal-ai/flux/schnell",
            "input": {"prompt": "a fox"},
            "title": "Fox",
            "tags": ["red", "wild", "red"],
        }

        answer = owner.client.post("/api/v1/generations", body, format="json").json()

        assert (answer["title"], answer["tags"]) == ("Fox", ["red", "wild"])


class TestRefused:
    def test_who_is_not_signed_in(self) -> None:
        response = APIClient().post("/api/v1/generations", {}, format="json")

        assert response.status_code == 401
        assert response.json()["code"] == "authentication_required"

    @pytest.mark.parametrize(
        ("model_input", "faults"),
        [
            ({"prompt": 5}, {"/input/prompt": "wrong_type"}),
            ({"prompt": ""}, {"/input/prompt": "blank"}),
            ({"num_images": 9}, {"/input/num_images": "out_of_range"}),
            ({"num_images": True}, {"/input/num_images": "wrong_type"}),
            (
                {"guidance_scale": 0.5, "seed": -1},
                {"/input/guidance_scale": "out_of_range", "/input/seed": "out_of_range"},
            ),
            ({"output_format": "tiff"}, {"/input/output_format": "not_an_option"}),
            ({"webhook_url": "https://x.test"}, {"/input/webhook_url": "unknown_field"}),
            ({"sync_mode": True}, {"/input/sync_mode": "unknown_field"}),
            ({"prompt": "a\0b"}, {"/input/prompt": "invalid_text"}),
            ({"image_size": {"width": 64}}, {"/input/image_size/height": "required"}),
        ],
    )
    def test_input_the_model_does_not_take_with_a_pointer(
        self, owner: Person, model_input: dict[str, Any], faults: dict[str, str]
    ) -> None:
        response = owner.create(**model_input)

        assert response.status_code == 400
        assert pointers(response) == faults
        assert not Generation.objects.exists()
        assert not OutboxMessage.objects.exists()

    def test_an_unknown_model(self, owner: Person) -> None:
        response = owner.create(model="fal-ai/no-such-model", prompt="a fox")

        assert response.status_code == 400
        assert "/model" in pointers(response)

    @pytest.mark.parametrize(
        ("extra", "pointer"),
        [
            ({"status": "completed"}, "/status"),
            ({"owner": "x"}, "/owner"),
            ({"cost": "0"}, "/cost"),
            ({"tags": ["x" * 51]}, "/tags/0"),
            ({"tags": ["x"] * 21}, "/tags"),
            ({"title": "x" * 201}, "/title"),
            ({"input": "a fox"}, "/input"),
        ],
    )
    def test_fields_that_are_unknown_or_too_long(self, owner: Person, extra: dict[str, Any], pointer: str) -> None:
        body = {"model": "fal-ai/flux/schnell", "input": {"prompt": "a fox"}} | extra

        # The test client's own encoder refuses lone surrogates; a hostile client's does not.
        response = owner.client.post("/api/v1/generations", json.dumps(body), content_type="application/json")

        assert response.status_code == 400
        assert pointer in pointers(response)
        assert not Generation.objects.exists()


def test_a_repeated_request_with_one_key_creates_one_generation(owner: Person) -> None:
    first, second = owner.create(key="k", seed=1), owner.create(key="k", seed=1)

    assert first.content == second.content
    assert second["Idempotency-Replayed"] == "true"
    assert second["Location"] == first["Location"]
    assert Generation.objects.count() == 1


def test_the_same_key_with_another_prompt_is_refused(owner: Person) -> None:
    owner.create(key="k", prompt="a fox")

    assert owner.create(key="k", prompt="a hare").status_code == 422


@pytest.mark.django_db(transaction=True)
def test_fifty_requests_at_once_with_one_key_create_one_generation(owner: Person) -> None:
    together = threading.Barrier(10)

    def attempt(_: int) -> int:
        together.wait()
        try:
            return int(owner.create(key="k", seed=1).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        statuses = set(threads.map(attempt, range(50)))

    assert statuses <= {202, 409}
    assert Generation.objects.get().status == Status.QUEUED
    assert OutboxMessage.objects.count() == 1
