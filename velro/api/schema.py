"""OpenAPI from the declarations of `ApiView`, so that the document cannot say anything the code does not do."""

from typing import TYPE_CHECKING, Any, cast

from drf_spectacular.openapi import AutoSchema
from rest_framework import serializers

from velro.api.declarations import PUBLIC, Answer
from velro.api.pagination import KeysetPagination
from velro.api.problems import PROBLEM_MEDIA_TYPE

if TYPE_CHECKING:
    from velro.api.views import ApiView


class FieldProblemOutput(serializers.Serializer[Any]):
    """One fault of the input."""

    pointer = serializers.CharField()
    code = serializers.CharField()
    message = serializers.CharField()


class Problem(serializers.Serializer[Any]):
    """RFC 9457 problem details."""

    type = serializers.URLField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    instance = serializers.CharField()
    code = serializers.CharField()
    request_id = serializers.CharField()
    errors = FieldProblemOutput(many=True, required=False)  # type: ignore[assignment]  # a field, not DRF's property


class ViewSchema(AutoSchema):
    """Reads `inputs`, `queries`, `outputs` and `actions` of the view."""

    @property
    def _declared(self) -> "ApiView":
        return cast("ApiView", self.view)

    def get_operation_id(self) -> str:
        """`generations_create`-like names from the view class and the method."""
        name = type(self.view).__name__.removesuffix("View")
        return f"{self.method.lower()}{name}"

    def get_tags(self) -> list[str]:
        """The app that owns the view."""
        return [type(self.view).__module__.split(".", 1)[0]]

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Public methods need no token."""
        is_public = self._declared.actions.get(self.method.lower()) == PUBLIC
        return [] if is_public else [{"bearer": []}]

    def get_request_serializer(self) -> Any:
        """The declared input."""
        return self._declared.inputs.get(self.method.lower())

    def get_override_parameters(self) -> list[Any]:
        """The declared query string; drf-spectacular explodes a serializer into parameters."""
        query = self._declared.queries.get(self.method.lower())
        return [query] if query else []

    def get_response_serializers(self) -> Any:
        """The declared answer, and problems for everything else."""
        answer = self._declared.outputs.get(self.method.lower(), Answer())
        success = answer.serializer(many=True) if answer.serializer and answer.is_list else answer.serializer
        return {str(answer.status): success, ("default", PROBLEM_MEDIA_TYPE): Problem}

    def _is_list_view(self, serializer: Any = None) -> bool:
        answer = self._declared.outputs.get(self.method.lower(), Answer())
        return answer.is_list if serializer is None else isinstance(serializer, serializers.ListSerializer)

    def _get_paginator(self) -> Any:
        answer = self._declared.outputs.get(self.method.lower(), Answer())
        return KeysetPagination() if answer.is_list else None


def describe_problems(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """Name the bearer scheme; the engine that reads it lives above this package."""
    schemes = result.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes["bearer"] = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return result
