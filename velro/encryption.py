"""Authenticated encryption of values at rest: AES-256-GCM under a rotating key ring.

A sealed value is `key id` + `:` + base64(nonce + ciphertext + tag). The context (table, column and row) is
authenticated with it, so a sealed value that is copied to another row or column does not open.
"""

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12


class UnreadableSecret(Exception):
    """The value was sealed under an unknown key or for another place, or it was altered."""


def seal(plaintext: bytes, *, context: str) -> str:
    """Encrypt under the primary key for one place, such as `accounts_signingkey.private_key:<row id>`."""
    key_id, key = next(iter(settings.ENCRYPTION_KEYS.items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = nonce + AESGCM(key).encrypt(nonce, plaintext, context.encode())
    return f"{key_id}:{base64.b64encode(sealed).decode()}"


def unseal(sealed: str, *, context: str) -> bytes:
    """Decrypt what `seal` made for the same context, under any key of the ring. Raises UnreadableSecret."""
    key_id, _, encoded = sealed.partition(":")
    key = settings.ENCRYPTION_KEYS.get(key_id)
    if key is None:
        raise UnreadableSecret(f"no key {key_id!r} in ENCRYPTION_KEY")
    try:
        raw = base64.b64decode(encoded, validate=True)
        return AESGCM(key).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], context.encode())
    except (InvalidTag, ValueError):
        raise UnreadableSecret("the value was altered or belongs elsewhere") from None
