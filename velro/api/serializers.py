"""Serializers that refuse what they do not know, and the shape of every error."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter
from typing import Any, Final

from django.utils.datastructures import MultiValueDict
from rest_framework import serializers

# Whole numbers may be written as 5.0; IntegerField itself refuses 5.5.
JSON_TYPES: Final[tuple[tuple[type[serializers.Field[Any, Any, Any, Any]], frozenset[type]], ...]] = (
    (serializers.CharField, frozenset({str})),
    (serializers.UUIDField, frozenset({str})),
    (serializers.BooleanField, frozenset({bool})),
    (serializers.IntegerField, frozenset({int, float})),
    (serializers.FloatField, frozenset({int, float})),
)


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


class PlainOutput(serializers.Serializer[Any]):
    """Shows attributes that are values. What DRF finds out about each field of each row, it finds out once for all.

    The fields are the same in all requests, so they know no context.
    """

    @classmethod
    @cache
    def _columns(cls) -> list[tuple[str, Callable[[Any], Any], Callable[[Any], Any]]]:
        fields = [field for field in cls().fields.values() if not field.write_only]
        return [(str(field.field_name), _reader_of(field), field.to_representation) for field in fields]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """By the names of the fields; what is None stays None."""
        shown = {}
        for name, read, show in self._columns():
            value = read(instance)
            shown[name] = None if value is None else show(value)
        return shown


class MomentOutput(serializers.DateTimeField):
    """A moment as DRF shows it: in UTC, with its microseconds if it has any."""

    def to_representation(self, value: datetime) -> str:
        """RFC 3339."""
        return f"{value.astimezone(UTC).replace(tzinfo=None).isoformat()}Z"


class TypedSerializer(serializers.Serializer[Any]):
    """A value of another JSON type is not taken for what it might mean: DRF would read the number 5 as the text "5".

    Fields that are not declared are ignored, as some standards want it.
    """

    def to_internal_value(self, data: Any) -> Any:
        """Refuse the mistyped, then validate. A query string has no types, so none are asked of it."""
        faults = self.faults_of(data)
        if faults:
            raise serializers.ValidationError(faults)
        return super().to_internal_value(data)

    def faults_of(self, data: Any) -> dict[str, Any]:
        """DRF's details by field, of what its own validation would let pass."""
        if not isinstance(data, dict) or isinstance(data, MultiValueDict):
            return {}
        return {name: fault for name in data if (fault := _mistyped(self.fields.get(name), data[name]))}


class StrictSerializer(TypedSerializer):
    """A field that is not declared is an error with its own pointer, so that a typo is never silently ignored."""

    def faults_of(self, data: Any) -> dict[str, Any]:
        """The unknown fields too."""
        names = set(data) if isinstance(data, Mapping) else set()
        unknown = serializers.ErrorDetail("This field is not known here.", code="unknown_field")
        return {name: [unknown] for name in names - set(self.fields)} | super().faults_of(data)


class PageQuery(StrictSerializer):
    """Query parameters of every list."""

    limit = serializers.IntegerField(min_value=1, max_value=100, default=25)
    cursor = serializers.CharField(required=False, max_length=500)


def _reader_of(field: serializers.Field[Any, Any, Any, Any]) -> Callable[[Any], Any]:
    return _itself if field.source == "*" else attrgetter(str(field.source))


def _itself(instance: Any) -> Any:
    return instance


def _mistyped(field: Any, value: Any) -> Any:
    """DRF's details of values of another JSON type; empty where there are none."""
    if isinstance(field, serializers.ListField) and isinstance(value, list):
        child: Any = field.child
        # Of a thousand ids in one go.
        if _json_types_of(child.__class__).issuperset(map(type, value)):
            return {}
        return {index: fault for index, item in enumerate(value) if (fault := _mistyped(child, item))}
    types = _json_types_of(field.__class__)
    if not types or value is None or type(value) in types:
        return []
    return [serializers.ErrorDetail(str(field.error_messages["invalid"]), code="invalid")]


@cache
def _json_types_of(field: type) -> frozenset[type]:
    """None of them for a field that takes any."""
    return next((types for kind, types in JSON_TYPES if issubclass(field, kind)), frozenset())
