"""Serializers that refuse what they do not know, and the shape of every error."""

from collections.abc import Mapping
from typing import Any

from rest_framework import serializers


class FieldProblemOutput(serializers.Serializer[Any]):
    """One fault of the input. `pointer` is an RFC 6901 JSON pointer into the body, or `?name` for a query parameter."""

    pointer = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457 problem details. `code` is stable; `request_id` finds the request in our logs."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField(min_value=400, max_value=599)
    detail = serializers.CharField()
    instance = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    errors = FieldProblemOutput(many=True, required=False)  # type: ignore[assignment]  # a field, not DRF's property


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
