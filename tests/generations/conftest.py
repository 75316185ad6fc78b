"""A person with a client, a sandbox behind the FAL port, and a receiver for its webhooks."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from authorization.facts import Principal
from generations.fal.queue import close_fal_queue
from generations.models import Generation
from tests.support.factories import user_factory
from tests.support.principals import principal_for
from tests.support.sandbox import IMAGE, KEY, SMALL, Sandbox
from tests.support.sandbox import sandbox as sandbox
from tests.support.sandbox import sandbox_process as sandbox_process
from tests.support.webhook_receiver import ReceivedWebhook, WebhookReceiver
from tests.support.webhook_receiver import webhook_receiver as webhook_receiver


@dataclass(frozen=True, slots=True)
class Person:
    """A signed-in person."""

    user: User
    client: APIClient

    @property
    def principal(self) -> Principal:
        """As the engine sees them."""
        return Principal(user_id=self.user.id, session_id=uuid4())

    def create(self, *, model: str = IMAGE, key: str | None = None, **model_input: Any) -> Any:
        """POST /generations; images are tiny unless told otherwise."""
        defaults = {"prompt": "a fox", "image_size": SMALL} if model == IMAGE else {}
        headers = {} if key is None else {"Idempotency-Key": key}
        body = {"model": model, "input": defaults | model_input}
        return self.client.post("/api/v1/generations", body, format="json", headers=headers)

    def read(self, generation_id: UUID | str, **query: Any) -> Any:
        """GET /generations/{id}."""
        return self.client.get(f"/api/v1/generations/{generation_id}", query)


@dataclass(frozen=True, slots=True)
class Fal:
    """The sandbox as Velro's FAL; its webhooks arrive at a receiver, from where a test delivers them when it likes."""

    sandbox: Sandbox
    receiver: WebhookReceiver

    def deliver_next(self, **headers: str) -> Any:
        """Pass the next webhook on to Velro as it came; `headers` replace its own."""
        return self.deliver(self.receiver.next(), raw=None, **headers)

    def deliver(self, call: ReceivedWebhook, *, raw: bytes | None = None, **headers: str) -> Any:
        """Pass this webhook on."""
        signed = {name: value for name, value in call.headers.items() if name.startswith("x-fal-")}
        return APIClient().post(
            call.path, call.raw if raw is None else raw, content_type="application/json", headers=signed | headers
        )

    def jobs_of(self, generation: Generation) -> list[dict[str, Any]]:
        """What the sandbox has registered for this generation, over all its submissions."""
        tags = {str(submission.id) for submission in generation.submissions.all()}
        return [row for row in self.sandbox.list_requests() if row["tags"].get("velro") in tags]

    def wait_until_done(self, generation: Generation) -> None:
        """Return when the sandbox has finished the job."""
        for submission in generation.submissions.exclude(status_url=""):
            path = urlsplit(submission.status_url).path
            self.sandbox.client.get(f"{path}/stream", timeout=30).raise_for_status()


def signed_in(user: User) -> Person:
    """As after a login, without its price: signing in has tests of its own."""
    client = APIClient()
    client.force_authenticate(principal_for(user))  # type: ignore[arg-type]  # the stubs want a User
    return Person(user, client)


@pytest.fixture
def owner() -> Person:
    """Who creates."""
    return signed_in(user_factory())


@pytest.fixture
def mallory() -> Person:
    """Who has no business here."""
    return signed_in(user_factory())


@pytest.fixture
def fal(sandbox: Sandbox, webhook_receiver: WebhookReceiver, settings: Settings, tmp_path: Path) -> Iterator[Fal]:
    """Point Velro at the sandbox, and the sandbox's webhooks at the receiver."""
    receiver = urlsplit(webhook_receiver.url)
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(
        update={
            "fal_queue_url": sandbox.base_url,
            "fal_api_url": f"{sandbox.base_url}/v1",
            "fal_jwks_url": f"{sandbox.base_url}/.well-known/jwks.json",
            "fal_key": type(settings.ENVIRONMENT.secret_key)(KEY),
            "fal_submit_timeout": 2.0,
            "public_url": f"{receiver.scheme}://{receiver.netloc}",
        }
    )
    settings.MEDIA_ROOT = tmp_path / "media"
    yield Fal(sandbox, webhook_receiver)
    close_queue()


def change_environment(settings: Settings, **values: Any) -> None:
    """Other values for the rest of the test."""
    close_queue()
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=values)


def close_queue() -> None:
    """End the connections of this process's queue, which is made anew for each environment."""
    close_fal_queue()


def stored(response: Any) -> Generation:
    """The row that a creating request made."""
    assert response.status_code == 202, response.content
    return Generation.objects.get(id=response.json()["id"])
