"""Fields of our own."""

import re
from datetime import datetime
from typing import Any, ClassVar, Final

from rest_framework import serializers

from generations.storable import is_storable

LONGEST_TEXT: Final = 2_000
SHOWN_OF_LONG_TEXT: Final = 200
ELLIPSIS: Final = "…"
RFC_3339: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})")


def refuse_unstorable(value: Any) -> None:
    """A validator for text and JSON that the database cannot keep."""
    if not is_storable(value):
        raise serializers.ValidationError("This holds a character or number that cannot be stored.", code="unstorable")


class TextField(serializers.CharField):
    """Text as it was sent, without NUL characters or lone surrogates."""

    def __init__(self, **options: Any) -> None:
        super().__init__(validators=[refuse_unstorable], **options)


class MomentField(serializers.DateTimeField):
    """A time of RFC 3339, with its offset: a time without one is a different moment on every machine."""

    default_error_messages: ClassVar = {"invalid": "Use a time of RFC 3339 with an offset, as 2027-01-31T12:00:00Z."}

    def to_internal_value(self, value: Any) -> datetime:
        """Refuse every other spelling, with digits of other scripts too."""
        if not isinstance(value, str) or not RFC_3339.fullmatch(value):
            self.fail("invalid", format="RFC 3339")
        return super().to_internal_value(value)


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
