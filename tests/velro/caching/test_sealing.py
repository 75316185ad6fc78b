"""What others could have written is told from what was sealed, for that question and no other."""

import zlib
from os import urandom

import pytest

from velro.caching.sealing import HEAD_BYTES, MOST_PAYLOAD_BYTES, PACKED, VERSION, BrokenSeal, Sealer

CONTEXT = b'["person", "resource"]'
SMALL, LARGE = b'{"allowed": true}', b'{"allowed": true}' * 1_000


@pytest.fixture
def sealer() -> Sealer:
    return Sealer("a secret", purpose="trying it")


@pytest.mark.parametrize("payload", [SMALL, LARGE, urandom(5_000), b""])
def test_what_was_sealed_can_be_opened(sealer: Sealer, payload: bytes) -> None:
    assert sealer.open(sealer.seal(payload, context=CONTEXT), context=CONTEXT) == payload


def test_what_is_large_takes_little_room(sealer: Sealer) -> None:
    assert len(sealer.seal(LARGE, context=CONTEXT)) < len(LARGE) / 10


@pytest.mark.parametrize("payload", [SMALL, LARGE])
def test_no_bit_can_be_changed(sealer: Sealer, payload: bytes) -> None:
    frame = sealer.seal(payload, context=CONTEXT)
    for place in range(len(frame) * 8):
        changed = bytearray(frame)
        changed[place // 8] ^= 1 << place % 8
        with pytest.raises(BrokenSeal):
            sealer.open(bytes(changed), context=CONTEXT)


def test_nothing_can_be_cut_off_or_added(sealer: Sealer) -> None:
    frame = sealer.seal(LARGE, context=CONTEXT)
    for other in (*(frame[:length] for length in range(len(frame))), frame + b"\0"):
        with pytest.raises(BrokenSeal):
            sealer.open(other, context=CONTEXT)


@pytest.mark.parametrize("other", [b"", b'["person", "another"]', CONTEXT + SMALL[:1]])
def test_the_answer_to_one_question_is_none_to_another(sealer: Sealer, other: bytes) -> None:
    with pytest.raises(BrokenSeal):
        sealer.open(sealer.seal(SMALL, context=CONTEXT), context=other)


def test_what_ends_the_context_cannot_begin_the_payload(sealer: Sealer) -> None:
    frame = sealer.seal(SMALL, context=CONTEXT)
    moved = frame[:HEAD_BYTES] + frame[HEAD_BYTES + 1 :]
    with pytest.raises(BrokenSeal):
        sealer.open(moved, context=CONTEXT + SMALL[:1])


@pytest.mark.parametrize("other", [Sealer("another secret", purpose="trying it"), Sealer("a secret", purpose="else")])
def test_other_keys_open_nothing_and_name_things_otherwise(sealer: Sealer, other: Sealer) -> None:
    with pytest.raises(BrokenSeal):
        other.open(sealer.seal(SMALL, context=CONTEXT), context=CONTEXT)
    assert other.name_of(CONTEXT) != sealer.name_of(CONTEXT)


@pytest.mark.parametrize("found", [None, 17, "text", [b"list"]])
def test_what_is_no_bytes_is_refused(sealer: Sealer, found: object) -> None:
    with pytest.raises(BrokenSeal):
        sealer.open(found, context=CONTEXT)


def sealed_as_packed(sealer: Sealer, body: bytes) -> bytes:
    """As only who has the key can."""
    head = VERSION + PACKED
    return head + sealer._digest(head, body, context=CONTEXT) + body


def test_a_bomb_is_not_unpacked(sealer: Sealer) -> None:
    packing = zlib.compressobj(9)
    body = b"".join(packing.compress(bytes(1_000_000)) for _ in range(1_000)) + packing.flush()
    assert len(body) < MOST_PAYLOAD_BYTES
    with pytest.raises(BrokenSeal, match="larger"):
        sealer.open(sealed_as_packed(sealer, body), context=CONTEXT)


@pytest.mark.parametrize("body", [b"", b"nonsense", zlib.compress(LARGE)[:-1], zlib.compress(LARGE) + b"more"])
def test_what_cannot_be_unpacked_is_refused(sealer: Sealer, body: bytes) -> None:
    with pytest.raises(BrokenSeal):
        sealer.open(sealed_as_packed(sealer, body), context=CONTEXT)


def test_another_version_is_refused(sealer: Sealer) -> None:
    head = b"\x02\x00"
    with pytest.raises(BrokenSeal, match="version"):
        sealer.open(head + sealer._digest(head, SMALL, context=CONTEXT) + SMALL, context=CONTEXT)


def test_what_is_too_large_is_neither_sealed_nor_opened(sealer: Sealer) -> None:
    with pytest.raises(ValueError, match="more than"):
        sealer.seal(bytes(MOST_PAYLOAD_BYTES + 1), context=CONTEXT)
    with pytest.raises(BrokenSeal):
        sealer.open(bytes(HEAD_BYTES + MOST_PAYLOAD_BYTES + 1), context=CONTEXT)
