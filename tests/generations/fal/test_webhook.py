"""A call is believed only when FAL signed these very bytes just now."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.test import override_settings

from generations.fal import jwks
from generations.fal.errors import InvalidWebhook, SignatureKeysUnavailable
from generations.fal.webhook import verify_webhook
from tests.support.wire import WireServer, answering, closed_port, http_answer, wire_server

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
KEY, STRANGER = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
BODY = json.dumps({"request_id": "request-1", "status": "OK", "payload": {"images": []}}).encode()


def entry(key: Ed25519PrivateKey) -> dict[str, str]:
    encoded = base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).decode().rstrip("=")
    return {"kty": "OKP", "crv": "Ed25519", "x": encoded}


def key_set(*entries: object) -> bytes:
    return http_answer(200, json.dumps({"keys": entries}))


def signed(body: bytes = BODY, *, key: Ed25519PrivateKey = KEY, age: int = 0, **changes: str) -> dict[str, str]:
    timestamp = str(int(NOW.timestamp()) - age)
    message = "\n".join(["request-1", "user-1", timestamp, hashlib.sha256(body).hexdigest()])
    headers = {
        "Request_Id": "request-1",
        "User_Id": "user-1",
        "Timestamp": timestamp,
        "Signature": key.sign(message.encode()).hex(),
    }
    return {f"X-Fal-Webhook-{name.replace('_', '-')}": value for name, value in (headers | changes).items()}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


KeysFrom = Callable[[str], None]


@pytest.fixture
def keys_from() -> Iterator[KeysFrom]:
    """Believe the keys at a URL, fetched anew."""
    overrides = []

    def believe(url: str) -> None:
        jwks._keys_of.cache_clear()
        override = override_settings(ENVIRONMENT=settings.ENVIRONMENT.model_copy(update={"fal_jwks_url": url}))
        override.enable()
        overrides.append(override)

    yield believe
    for override in reversed(overrides):
        override.disable()
    jwks._keys_of.cache_clear()


@pytest.fixture
def fal(keys_from: KeysFrom) -> Iterator[WireServer]:
    """FAL's key set: a key of another kind, a broken one, one more, and the right one."""
    retired = Ed25519PrivateKey.generate()
    others = [{"kty": "RSA", "n": "x"}, {"kty": "OKP", "crv": "Ed25519", "x": "A"}, "text", entry(retired)]
    with wire_server(answering(key_set(*others, entry(KEY)))) as server:
        keys_from(server.url)
        yield server


def test_a_signed_notice_is_read_and_the_keys_are_fetched_once(fal: WireServer) -> None:
    notices = [verify_webhook(signed(), BODY) for _ in range(3)]
    assert all(notice.is_ok and notice.payload == {"images": []} for notice in notices)
    assert notices[0].request_id == "request-1"
    assert len(fal.requests) == 1


@pytest.mark.usefixtures("fal")
def test_an_error_with_a_null_payload_is_read() -> None:
    body = json.dumps({"request_id": "request-1", "status": "ERROR", "error": "E" * 900, "payload": None}).encode()
    notice = verify_webhook(signed(body), body)
    assert (notice.is_ok, notice.payload, len(notice.error)) == (False, None, 500)


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({}, BODY),
        (signed(key=STRANGER), BODY),
        (signed(), BODY + b" "),
        (signed(age=301), BODY),
        (signed(age=-301), BODY),
        (signed(Timestamp="now"), BODY),
        (signed(Timestamp="1" * 250), BODY),
        (signed(Timestamp="²"), BODY),
        (signed(Signature="zz" * 64), BODY),
        (signed(Signature="00" * 64), BODY),
        (signed(Signature="00"), BODY),
        (signed(User_Id=""), BODY),
        (signed(User_Id="user-2"), BODY),
        (signed(Request_Id="request-2"), BODY),
        (signed(Request_Id="r" * 257), BODY),
        (signed(b"not json"), b"not json"),
        (signed(b"[]"), b"[]"),
        pytest.param(signed(b"[" * 100_000), b"[" * 100_000, id="deep"),
        (signed(b'{"request_id": "request-2", "status": "OK"}'), b'{"request_id": "request-2", "status": "OK"}'),
        (signed(b'{"request_id": "request-1", "status": "MAYBE"}'), b'{"request_id": "request-1", "status": "MAYBE"}'),
        (signed(b'{"request_id": "request-1", "status": {}}'), b'{"request_id": "request-1", "status": {}}'),
        pytest.param(signed(b" " * 1_048_577), b" " * 1_048_577, id="large"),
    ],
)
@pytest.mark.usefixtures("fal")
def test_anything_else_is_refused_alike(headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(InvalidWebhook):
        verify_webhook(headers, body)


def test_a_rotated_key_is_fetched_once_and_forgeries_fetch_nothing(keys_from: KeysFrom) -> None:
    with wire_server(answering(key_set(entry(STRANGER)), key_set(entry(KEY)))) as server:
        keys_from(server.url)
        verify_webhook(signed(key=STRANGER), BODY)
        keys = jwks.signature_keys()
        keys._tried_at -= jwks.SECONDS_BETWEEN_FETCHES
        assert verify_webhook(signed(), BODY).is_ok
        for _ in range(5):
            with pytest.raises(InvalidWebhook):
                verify_webhook(signed(key=STRANGER), BODY)
        assert len(server.requests) == 2


@pytest.mark.parametrize(
    "answer",
    [
        http_answer(500, ""),
        http_answer(302, "", location="http://127.0.0.1:9/"),
        http_answer(200, "{}"),
        http_answer(200, "[]"),
        http_answer(200, '{"keys": [{"kty": "RSA"}]}'),
        pytest.param(http_answer(200, " " * 70_000), id="large"),
        http_answer(200, '{"keys": ', content_length="90"),
        b"garbage",
    ],
)
def test_without_usable_keys_nothing_is_decided(answer: bytes, keys_from: KeysFrom) -> None:
    with wire_server(answering(answer)) as server:
        keys_from(server.url)
        for _ in range(2):
            with pytest.raises(SignatureKeysUnavailable):
                verify_webhook(signed(), BODY)
        assert len(server.requests) == 1


def test_a_key_host_that_is_down_is_no_forgery(keys_from: KeysFrom) -> None:
    keys_from(f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(SignatureKeysUnavailable):
        verify_webhook(signed(), BODY)


def test_old_keys_are_fetched_anew(keys_from: KeysFrom) -> None:
    answers: Any = answering(key_set(entry(KEY)), http_answer(500, ""))
    with wire_server(answers) as server:
        keys_from(server.url)
        verify_webhook(signed(), BODY)
        keys = jwks.signature_keys()
        keys._fetched_at -= jwks.LIFETIME
        keys._tried_at -= jwks.LIFETIME
        with pytest.raises(SignatureKeysUnavailable):
            verify_webhook(signed(), BODY)
