"""What JSON allows and PostgreSQL refuses is told apart from what only looks like it."""

import pytest

from generations.storable import is_storable, storable_text


@pytest.mark.parametrize("value", ["a", "\\u0000", "\\\\u0000", {"a": ["\\", "ü", 1.5, None]}, "\N{PILE OF POO}"])
def test_what_postgresql_keeps_is_storable(value: object) -> None:
    assert is_storable(value)


@pytest.mark.parametrize("value", ["a\0", "\\\0", {"a": ["\0"]}, {"\0": 1}, "\ud800", float("nan"), [float("inf")]])
def test_what_postgresql_refuses_is_not(value: object) -> None:
    assert not is_storable(value)


def test_text_is_made_storable() -> None:
    assert storable_text("a\0b\ud800") == "ab?"
