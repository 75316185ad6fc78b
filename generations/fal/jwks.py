"""FAL's public keys for webhook signatures, fetched rarely and kept in this process."""

import base64
import binascii
import json
import threading
import time
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from generations.fal.access import CONNECT_TIMEOUT, tls_context
from generations.fal.deadline import Deadline
from generations.fal.errors import SignatureKeysUnavailable
from generations.fal.transport import AnswerTooLarge, read_bounded

LIFETIME = 24 * 3600.0
SECONDS_BETWEEN_FETCHES = 60.0
SECONDS_AFTER_FAILURE = 5.0
FETCH_TIMEOUT = 10.0
MAX_BYTES = 64 * 1024
MAX_KEYS = 20


class SignatureKeys:
    """The keys behind one URL. Thread-safe; at most one fetch a minute, however many forgeries arrive."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._lock = threading.Lock()
        self._keys: tuple[Ed25519PublicKey, ...] = ()
        # Long ago: the clock may have started only just now.
        self._fetched_at = self._tried_at = -LIFETIME

    def current(self) -> Sequence[Ed25519PublicKey]:
        """The keys, at most a day old. Raises SignatureKeysUnavailable."""
        with self._lock:
            if time.monotonic() - self._fetched_at >= LIFETIME:
                self._fetch_unless_tried_within(SECONDS_AFTER_FAILURE)
            return self._keys

    def renewed(self) -> Sequence[Ed25519PublicKey]:
        """The keys after none of the current ones fitted: FAL may have rotated. Raises SignatureKeysUnavailable."""
        with self._lock:
            self._fetch_unless_tried_within(SECONDS_BETWEEN_FETCHES)
            return self._keys

    def _fetch_unless_tried_within(self, seconds: float) -> None:
        if time.monotonic() - self._tried_at >= seconds:
            self._fetch()
        elif self._tried_at > self._fetched_at:
            raise SignatureKeysUnavailable

    def _fetch(self) -> None:
        self._tried_at = time.monotonic()
        try:
            self._keys = _keys_from(_read_document(self._url))
        except (httpx.HTTPError, httpx.InvalidURL, AnswerTooLarge, ValueError, RecursionError) as error:
            raise SignatureKeysUnavailable from error
        self._fetched_at = self._tried_at


def signature_keys() -> SignatureKeys:
    """The keys that this process believes."""
    return _keys_of(settings.ENVIRONMENT.fal_jwks_url)


@lru_cache(maxsize=1)
def _keys_of(url: str) -> SignatureKeys:
    return SignatureKeys(url)


def _read_document(url: str) -> Any:
    timeout = httpx.Timeout(FETCH_TIMEOUT, connect=CONNECT_TIMEOUT)
    headers = {"Accept-Encoding": "identity"}
    with (
        Deadline(FETCH_TIMEOUT) as deadline,
        httpx.Client(verify=tls_context(), timeout=timeout, trust_env=False) as http,
        http.stream("GET", url, headers=headers, extensions={"trace": deadline.watch}) as response,
    ):
        response.raise_for_status()
        return json.loads(read_bounded(response, max_bytes=MAX_BYTES, seconds=FETCH_TIMEOUT))


def _keys_from(document: Any) -> tuple[Ed25519PublicKey, ...]:
    """The Ed25519 keys of a JWKS; entries of other kinds are passed over. Raises ValueError when none is left."""
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("the document has no keys")  # noqa: TRY004 - a wrong document, not a wrong call
    keys = tuple(key for key in map(_key_from, entries[:MAX_KEYS]) if key is not None)
    if not keys:
        raise ValueError("the document has no Ed25519 key")
    return keys


def _key_from(entry: Any) -> Ed25519PublicKey | None:
    if not isinstance(entry, Mapping) or entry.get("kty") != "OKP" or entry.get("crv") != "Ed25519":
        return None
    encoded = entry.get("x")
    if not isinstance(encoded, str):
        return None
    try:
        raw = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
        return Ed25519PublicKey.from_public_bytes(raw)
    except (binascii.Error, ValueError):
        return None
