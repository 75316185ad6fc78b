"""A sealed value opens only where it belongs, under a key of the ring."""

import os

import pytest
from pytest_django.fixtures import Settings

from velro.encryption import UnreadableSecret, seal, unseal

PLACE = "table.column:1"


def test_what_is_sealed_can_be_read_in_its_place() -> None:
    assert unseal(seal(b"private", context=PLACE), context=PLACE) == b"private"


def test_sealing_twice_gives_different_texts() -> None:
    assert seal(b"private", context=PLACE) != seal(b"private", context=PLACE)


def test_a_sealed_value_does_not_open_in_another_place() -> None:
    with pytest.raises(UnreadableSecret):
        unseal(seal(b"private", context=PLACE), context="table.column:2")


def test_an_altered_value_does_not_open() -> None:
    sealed = seal(b"private", context=PLACE)
    altered = sealed[:-6] + ("A" if sealed[-6] != "A" else "B") + sealed[-5:]
    with pytest.raises(UnreadableSecret):
        unseal(altered, context=PLACE)


@pytest.mark.parametrize("sealed", ["", "nokey", "k9:AAAA", ":"])
def test_a_value_under_an_unknown_key_does_not_open(sealed: str) -> None:
    with pytest.raises(UnreadableSecret):
        unseal(sealed, context=PLACE)


@pytest.mark.parametrize("cut", ["", "AAAA", "not base64!", "A"])
def test_a_cut_value_does_not_open(cut: str) -> None:
    key_id, _, _ = seal(b"private", context=PLACE).partition(":")
    with pytest.raises(UnreadableSecret):
        unseal(f"{key_id}:{cut}", context=PLACE)


def test_an_old_key_still_opens_after_rotation(settings: Settings) -> None:
    settings.ENCRYPTION_KEYS = {"old": os.urandom(32)}
    sealed = seal(b"private", context=PLACE)
    settings.ENCRYPTION_KEYS = {"new": os.urandom(32), **settings.ENCRYPTION_KEYS}
    assert unseal(sealed, context=PLACE) == b"private"
    assert seal(b"private", context=PLACE).startswith("new:")
