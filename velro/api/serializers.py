"""Serializers that refuse what they do not know."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers


class StrictSerializer(serializers.Serializer[Any]):
    """A field that is not declared is an error with its own pointer, so that a typo is never silently ignored."""

    def to_internal_value(self, data: Any) -> Any:
        """Validate the declared fields, then refuse the rest."""
        unknown = set(data) - set(self.fields) if isinstance(data, Mapping) else set()
        if unknown:
            raise serializers.ValidationError(
                {
                    name: [serializers.ErrorDetail("This field is not known here.", code="unknown_field")]
                    for name in unknown
                }
            )
        return super().to_internal_value(data)


class PageQuery(StrictSerializer):
    """Query parameters of every list."""

    limit = serializers.IntegerField(min_value=1, max_value=100, default=25)
    cursor = serializers.CharField(required=False, max_length=500)
