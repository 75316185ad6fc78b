"""FAL's call when a job has ended: nothing in it is believed before its signature over the raw bytes is checked."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.utils import timezone

from generations.fal.errors import InvalidWebhook
from generations.fal.jwks import signature_keys

MAX_BODY_BYTES: Final = 1_048_576
MAX_HEADER_CHARACTERS: Final = 256
MAX_ERROR_CHARACTERS: Final = 500
TOLERANCE_SECONDS: Final = 300
SIGNATURE_BYTES: Final = 64
REQUEST_ID_HEADER: Final = "X-Fal-Webhook-Request-Id"
USER_ID_HEADER: Final = "X-Fal-Webhook-User-Id"
TIMESTAMP_HEADER: Final = "X-Fal-Webhook-Timestamp"
SIGNATURE_HEADER: Final = "X-Fal-Webhook-Signature"


@dataclass(frozen=True, slots=True)
class WebhookNotice:
    """A job has ended. Without a `payload` the result must be asked for; `error` is FAL's short text, for logs only."""

    request_id: str
    is_ok: bool
    payload: Mapping[str, Any] | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Signature:
    request_id: str
    message: bytes
    signature: bytes

    def is_made_by_any(self, keys: Sequence[Ed25519PublicKey]) -> bool:
        return any(self._is_made_by(key) for key in keys)

    def _is_made_by(self, key: Ed25519PublicKey) -> bool:
        try:
            key.verify(self.signature, self.message)
        except InvalidSignature:
            return False
        return True


def verify_webhook(headers: Mapping[str, str], raw_body: bytes) -> WebhookNotice:
    """Check a call and read it. `headers` is a case-insensitive mapping, such as Django's `request.headers`.

    Raises InvalidWebhook (the same for every fault, so that a forger learns nothing) or SignatureKeysUnavailable (FAL
    repeats the call later). Doubled calls are valid: the receiver must be idempotent by `request_id`.
    """
    if len(raw_body) > MAX_BODY_BYTES:
        raise InvalidWebhook
    signed = _read_signature(headers, raw_body)
    keys = signature_keys()
    if not signed.is_made_by_any(keys.current()) and not signed.is_made_by_any(keys.renewed()):
        raise InvalidWebhook
    return _read_notice(raw_body, request_id=signed.request_id)


def _read_signature(headers: Mapping[str, str], raw_body: bytes) -> _Signature:
    names = (REQUEST_ID_HEADER, USER_ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)
    request_id, user_id, timestamp, signature = (headers.get(name, "") for name in names)
    values = (request_id, user_id, timestamp, signature)
    if not all(0 < len(value) <= MAX_HEADER_CHARACTERS and value.isascii() for value in values):
        raise InvalidWebhook
    if not timestamp.isdecimal() or abs(timezone.now().timestamp() - int(timestamp)) > TOLERANCE_SECONDS:
        raise InvalidWebhook
    try:
        raw_signature = bytes.fromhex(signature)
    except ValueError:
        raise InvalidWebhook from None
    if len(raw_signature) != SIGNATURE_BYTES:
        raise InvalidWebhook
    lines = (request_id, user_id, timestamp, hashlib.sha256(raw_body).hexdigest())
    return _Signature(request_id, "\n".join(lines).encode(), raw_signature)


def _read_notice(raw_body: bytes, *, request_id: str) -> WebhookNotice:
    try:
        body = json.loads(raw_body)
    except (ValueError, RecursionError):
        raise InvalidWebhook from None
    if not isinstance(body, dict) or body.get("request_id") != request_id:
        raise InvalidWebhook
    if body.get("status") not in ("OK", "ERROR"):
        raise InvalidWebhook
    payload = body.get("payload")
    error = body.get("error") or body.get("payload_error") or ""
    return WebhookNotice(
        request_id=request_id,
        is_ok=body["status"] == "OK",
        payload=payload if isinstance(payload, dict) else None,
        error=str(error)[:MAX_ERROR_CHARACTERS],
    )
