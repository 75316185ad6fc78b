"""Values that are kept where others could write: sealed, so that whoever can write there cannot make one up.

A frame is a version, how the payload is packed, a keyed digest of both, the payload and its context, and the payload.
The context says which question the value answers, so that no value passes for the answer to another.
"""

import hmac
import zlib
from hashlib import blake2b, sha256
from typing import Final

VERSION: Final = b"\x01"
PLAIN: Final = b"\x00"
PACKED: Final = b"\x01"
SEAL_BYTES: Final = 32
NAME_BYTES: Final = 16
HEAD_BYTES: Final = len(VERSION) + len(PLAIN) + SEAL_BYTES
# Below, packing costs more than it saves.
PACKED_FROM_BYTES: Final = 1_024
MOST_PAYLOAD_BYTES: Final = 1_048_576


class BrokenSeal(Exception):
    """Not what was sealed for this context, under this key."""


class Sealer:
    """For one purpose, under a key of its own that is derived from the secret."""

    def __init__(self, secret: str, *, purpose: str) -> None:
        self._key = _derived(secret, f"{purpose}: seal")
        self._name_key = _derived(secret, f"{purpose}: name")

    def name_of(self, context: bytes) -> str:
        """A name that says nothing about the context to whoever lacks the key."""
        return blake2b(context, key=self._name_key, digest_size=NAME_BYTES).hexdigest()

    def seal(self, payload: bytes, *, context: bytes) -> bytes:
        """The frame of a payload of at most a megabyte. Raises ValueError for a larger one."""
        if len(payload) > MOST_PAYLOAD_BYTES:
            raise ValueError(f"{len(payload)} bytes are more than {MOST_PAYLOAD_BYTES}")
        packing, body = PLAIN, payload
        if len(payload) >= PACKED_FROM_BYTES:
            packing, body = PACKED, zlib.compress(payload, 1)
        head = VERSION + packing
        return head + self._digest(head, body, context=context) + body

    def open(self, frame: object, *, context: bytes) -> bytes:
        """The payload of whatever was found. Raises BrokenSeal."""
        if not isinstance(frame, bytes):
            raise BrokenSeal("no bytes")
        head, digest, body = frame[:2], frame[2:HEAD_BYTES], frame[HEAD_BYTES:]
        if len(frame) > HEAD_BYTES + MOST_PAYLOAD_BYTES or not hmac.compare_digest(
            digest, self._digest(head, body, context=context)
        ):
            raise BrokenSeal("the digest is another")
        if head == VERSION + PLAIN:
            return body
        if head == VERSION + PACKED:
            return _unpacked(body)
        raise BrokenSeal("of a version that is not known")

    def _digest(self, head: bytes, body: bytes, *, context: bytes) -> bytes:
        digest = blake2b(head, key=self._key, digest_size=SEAL_BYTES)
        digest.update(len(context).to_bytes(8, "big"))
        digest.update(context)
        digest.update(body)
        return digest.digest()


def _unpacked(body: bytes) -> bytes:
    """No more than a payload may have, whatever it claims to hold."""
    unpacking = zlib.decompressobj()
    try:
        payload = unpacking.decompress(body, MOST_PAYLOAD_BYTES)
    except zlib.error as error:
        raise BrokenSeal("cannot be unpacked") from error
    if not unpacking.eof or unpacking.unused_data:
        raise BrokenSeal("is larger than a payload can be, or not all of one")
    return payload


def _derived(secret: str, label: str) -> bytes:
    return hmac.new(secret.encode(), label.encode(), sha256).digest()
