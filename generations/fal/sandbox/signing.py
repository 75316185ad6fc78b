"""The Ed25519 key webhooks are signed with, kept in the state directory, and its public half as JWKS."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

if TYPE_CHECKING:
    from pathlib import Path

USER_ID = "sandbox-user"


class WebhookSigner:
    """Signs webhook bodies as fal.ai does."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    def sign(self, body: bytes, *, request_id: str, timestamp: int) -> dict[str, str]:
        """The four signature headers for `body`."""
        digest = hashlib.sha256(body).hexdigest()
        message = "\n".join((request_id, USER_ID, str(timestamp), digest)).encode()
        return {
            "X-Fal-Webhook-Request-Id": request_id,
            "X-Fal-Webhook-User-Id": USER_ID,
            "X-Fal-Webhook-Timestamp": str(timestamp),
            "X-Fal-Webhook-Signature": self._key.sign(message).hex(),
        }

    def describe_keys(self) -> dict[str, list[dict[str, str]]]:
        """The key set served at /.well-known/jwks.json."""
        encoded = base64.urlsafe_b64encode(self._key.public_key().public_bytes_raw()).rstrip(b"=").decode()
        return {"keys": [{"kty": "OKP", "crv": "Ed25519", "x": encoded}]}


def load_signer(path: Path) -> WebhookSigner:
    """The signer whose key lies at `path`; the first start makes one, readable by its owner alone."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_bytes(Ed25519PrivateKey.generate().private_bytes_raw())
    return WebhookSigner(Ed25519PrivateKey.from_private_bytes(path.read_bytes()))


def make_stranger() -> WebhookSigner:
    """A signer whose key nobody published."""
    return WebhookSigner(Ed25519PrivateKey.generate())
