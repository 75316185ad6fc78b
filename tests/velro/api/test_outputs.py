"""What is shown the short way is what DRF would show, field by field."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from rest_framework import serializers

from velro.api.serializers import MomentOutput, PlainOutput

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Leaf:
    """What others hold."""

    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class Thing:
    """One of everything."""

    at: datetime | None = NOON
    leaf: Leaf | None = Leaf(Decimal("0.5"))
    leaves: list[Leaf] = field(default_factory=lambda: [Leaf(Decimal(2)), Leaf(None)])
    identity: UUID = field(default_factory=uuid4)
    tags: tuple[str, ...] = ("a", "b")
    word: int | None = 7


def fields_of(base: type[serializers.Serializer[Any]], moment: type[serializers.DateTimeField]) -> dict[str, Any]:
    """The same fields for either."""
    amount = serializers.DecimalField(max_digits=14, decimal_places=6)
    leaf = type("Leaf", (base,), {"amount": amount})
    return {
        "at": moment(allow_null=True),
        "leaf": leaf(allow_null=True),
        "leaves": leaf(many=True),
        "id": serializers.UUIDField(source="identity"),
        "tags": serializers.ListField(child=serializers.CharField()),
        "word": serializers.CharField(allow_null=True),
        "inner": serializers.CharField(source="identity.hex"),
        "made": serializers.SerializerMethodField(),
        "secret": serializers.CharField(write_only=True),
        "get_made": lambda _self, thing: str(thing.identity)[:8],
    }


Short = type("Short", (PlainOutput,), fields_of(PlainOutput, MomentOutput))
Long = type("Long", (serializers.Serializer,), fields_of(serializers.Serializer, serializers.DateTimeField))


@pytest.mark.parametrize(
    "thing",
    [
        Thing(),
        Thing(at=None, leaf=None, leaves=[], tags=(), word=None),
        Thing(at=NOON.replace(microsecond=1)),
        Thing(at=NOON.replace(microsecond=120_000)),
        Thing(at=NOON.astimezone(timezone(timedelta(hours=2)))),
        Thing(leaf=Leaf(None)),
    ],
)
def test_it_shows_the_same(thing: Thing) -> None:
    assert Short(thing).data == Long(thing).data
    assert list(Short(thing).data) == list(Long(thing).data)
    assert Short([thing, thing], many=True).data == Long([thing, thing], many=True).data


def test_what_is_not_there_is_an_error_and_not_left_out() -> None:
    with pytest.raises(AttributeError):
        _ = Short(SimpleNamespace(at=NOON)).data
