"""Fields of our own."""

from typing import Any, Final
from uuid import UUID

from rest_framework import serializers

from authorization.layers.input import parse_resource_id
from generations.storable import is_storable

LONGEST_TEXT: Final = 2_000
SHOWN_OF_LONG_TEXT: Final = 200
ELLIPSIS: Final = "…"


def refuse_unstorable(value: Any) -> None:
    """A validator for text and JSON that the database cannot keep."""
    if not is_storable(value):
        raise serializers.ValidationError("This holds a character or number that cannot be stored.", code="unstorable")


class TextField(serializers.CharField):
    """Text as it was sent, without NUL characters or lone surrogates."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validators=[refuse_unstorable], **options)


class ResourceIdField(serializers.UUIDField):
    """An id in the one spelling that ids have, in addresses too."""

    def to_internal_value(self, data: Any) -> UUID:
        """Refuse every other spelling."""
        try:
            return parse_resource_id(str(data))
        except ValueError:
            self.fail("invalid", value=data)


class AmountField(serializers.DecimalField):
    """Money as a string, so that no client rounds it by accident."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=14, decimal_places=6, **options)


class ShortenedField(serializers.DictField):
    """A JSON object for a list: every long text in it is cut, so that a page carries no megabytes."""

    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        """Shorten."""
        return {name: shortened(item) for name, item in value.items()}


def shortened(value: Any) -> Any:
    """The JSON value with the beginning of every long text."""
    if isinstance(value, str):
        return value if len(value) <= LONGEST_TEXT else value[:SHOWN_OF_LONG_TEXT] + ELLIPSIS
    if isinstance(value, list):
        return [shortened(item) for item in value]
    if isinstance(value, dict):
        return {name: shortened(item) for name, item in value.items()}
    return value
