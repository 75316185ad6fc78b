"""Webhooks: what they say, that their signature holds, and how they go wrong on request."""

from __future__ import annotations

import base64
import hashlib
import time
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

if TYPE_CHECKING:
    from tests.support.sandbox import Sandbox
    from tests.support.webhook_receiver import ReceivedWebhook, WebhookReceiver

TOLERANCE = 300


def is_genuine(sandbox: Sandbox, webhook: ReceivedWebhook) -> bool:
    """The documented check, apart from the age of the timestamp."""
    parts = [webhook.headers[f"x-fal-webhook-{name}"] for name in ("request-id", "user-id", "timestamp")]
    message = "\n".join([*parts, hashlib.sha256(webhook.raw).hexdigest()]).encode()
    signature = bytes.fromhex(webhook.headers["x-fal-webhook-signature"])
    for key in sandbox.client.get("/.well-known/jwks.json").json()["keys"]:
        raw = base64.urlsafe_b64decode(key["x"] + "=" * (-len(key["x"]) % 4))
        try:
            Ed25519PublicKey.from_public_bytes(raw).verify(signature, message)
        except InvalidSignature:
            continue
        return True
    return False


def age_of(webhook: ReceivedWebhook) -> float:
    return time.time() - int(webhook.headers["x-fal-webhook-timestamp"])


def test_a_webhook_is_signed_and_carries_the_output(sandbox: Sandbox, webhook_receiver: WebhookReceiver) -> None:
    submitted = sandbox.submit(webhook=webhook_receiver.url).json()

    webhook = webhook_receiver.next()

    assert webhook.path == "/hook?job=1"
    assert webhook.headers["content-type"] == "application/json"
    assert webhook.headers["x-fal-webhook-request-id"] == webhook.body["request_id"] == submitted["request_id"]
    assert webhook.body["status"] == "OK"
    assert webhook.body["payload"] == sandbox.client.get(submitted["response_url"]).json()
    assert is_genuine(sandbox, webhook)
    assert age_of(webhook) < TOLERANCE


def test_a_failure_is_an_error_webhook(sandbox: Sandbox, webhook_receiver: WebhookReceiver) -> None:
    sandbox.submit(webhook=webhook_receiver.url, num_images=9)

    body = webhook_receiver.next().body

    assert (body["status"], body["error"]) == ("ERROR", "Invalid status code: 422")
    assert body["payload"]["detail"][0]["loc"] == ["body", "num_images"]


def test_a_refused_webhook_is_sent_again(sandbox: Sandbox, webhook_receiver: WebhookReceiver) -> None:
    webhook_receiver.answers = [500, 404, 200]
    sandbox.submit(webhook=webhook_receiver.url)

    bodies = [webhook_receiver.next().raw for _ in range(3)]

    assert bodies[0] == bodies[1] == bodies[2]


def test_a_redirect_ends_the_delivery(sandbox: Sandbox, webhook_receiver: WebhookReceiver) -> None:
    webhook_receiver.answers = [302]
    submitted = sandbox.submit(webhook=webhook_receiver.url).json()

    webhook_receiver.next()
    wait_until_settled(sandbox, submitted["request_id"])

    assert webhook_receiver.is_quiet()


def test_a_webhook_can_be_dropped(sandbox: Sandbox, webhook_receiver: WebhookReceiver) -> None:
    sandbox.set_fault("webhook_dropped")
    submitted = sandbox.submit(webhook=webhook_receiver.url).json()

    wait_until_settled(sandbox, submitted["request_id"])

    assert webhook_receiver.is_quiet()


def test_a_webhook_can_come_twice(sandbox: Sandbox, webhook_receiver: WebhookReceiver) -> None:
    sandbox.set_fault("webhook_doubled")
    sandbox.submit(webhook=webhook_receiver.url)

    assert webhook_receiver.next().raw == webhook_receiver.next().raw


def test_a_webhook_can_be_forged(sandbox: Sandbox, webhook_receiver: WebhookReceiver) -> None:
    sandbox.set_fault("webhook_forged")
    sandbox.submit(webhook=webhook_receiver.url)

    assert not is_genuine(sandbox, webhook_receiver.next())


def test_a_webhook_can_be_stale(sandbox: Sandbox, webhook_receiver: WebhookReceiver) -> None:
    sandbox.set_fault("webhook_stale", age=301)
    sandbox.submit(webhook=webhook_receiver.url)

    webhook = webhook_receiver.next()

    assert is_genuine(sandbox, webhook)
    assert age_of(webhook) > TOLERANCE


def test_a_webhook_can_come_without_its_payload(sandbox: Sandbox, webhook_receiver: WebhookReceiver) -> None:
    sandbox.set_fault("null_payload_webhook")
    sandbox.submit(webhook=webhook_receiver.url)

    body = webhook_receiver.next().body

    assert (body["status"], body["payload"]) == ("OK", None)
    assert body["payload_error"].startswith("Response payload is not JSON serializable")


def test_a_webhook_can_come_before_the_submission_is_answered(
    sandbox: Sandbox, webhook_receiver: WebhookReceiver
) -> None:
    sandbox.set_fault("webhook_early")

    submitted = sandbox.submit(webhook=webhook_receiver.url).json()

    assert webhook_receiver.arrived.get_nowait().body["request_id"] == submitted["request_id"]


def test_a_webhook_can_be_late(sandbox: Sandbox, webhook_receiver: WebhookReceiver) -> None:
    sandbox.set_fault("webhook_delayed", seconds=0.5)
    submitted = sandbox.submit(webhook=webhook_receiver.url).json()

    sandbox.wait_for_result(submitted)

    assert webhook_receiver.is_quiet()
    assert webhook_receiver.next().body["request_id"] == submitted["request_id"]


def test_webhooks_can_overtake_each_other(sandbox: Sandbox, webhook_receiver: WebhookReceiver) -> None:
    wait_until_no_webhook_is_under_way(sandbox)
    sandbox.set_fault("webhook_reordered", match={"prompt_contains": "first"})
    first = sandbox.submit(webhook=webhook_receiver.url, prompt="first").json()
    sandbox.wait_for_result(first)
    second = sandbox.submit(webhook=webhook_receiver.url, prompt="second").json()

    order = [webhook_receiver.next().body["request_id"] for _ in range(2)]

    assert order == [second["request_id"], first["request_id"]]


def wait_until_no_webhook_is_under_way(sandbox: Sandbox) -> None:
    """Those of other tests: any that goes out sets free what is held back for another."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(
        row["webhook_url"] and not row["is_webhook_settled"] for row in sandbox.list_requests()
    ):
        time.sleep(0.02)


def wait_until_settled(sandbox: Sandbox, request_id: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if any(row["is_webhook_settled"] for row in sandbox.list_requests() if row["request_id"] == request_id):
            return
        time.sleep(0.02)
    raise AssertionError("the webhook was never settled")
