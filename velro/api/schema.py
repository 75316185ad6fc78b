"""OpenAPI from the declarations of `ApiView`, so that the document cannot say anything the code does not do."""

import re
from typing import TYPE_CHECKING, Any, Final, cast

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers

from velro.api.declarations import PUBLIC, Answer, Header
from velro.api.headers import IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED
from velro.api.idempotency import is_idempotent
from velro.api.openapi_document import PLAIN_REFUSAL_MARK, PROBE_MARK
from velro.api.pagination import KeysetPagination
from velro.api.problems import PROBLEM_MEDIA_TYPE
from velro.api.serializers import Problem, StrictSerializer, TypedSerializer

if TYPE_CHECKING:
    from velro.api.views import ApiView

VERBS: Final = {"GET": "get", "POST": "create", "PUT": "replace", "PATCH": "update", "DELETE": "delete"}


class ViewSchema(AutoSchema):
    """Reads what the view declares."""

    @property
    def _declared(self) -> "ApiView":
        return cast("ApiView", self.view)

    @property
    def _method(self) -> str:
        return self.method.lower()

    @property
    def _answer(self) -> Answer:
        return self._declared.outputs.get(self._method, Answer())

    def get_operation_id(self) -> str:
        """See `name_operation`."""
        return name_operation(type(self.view).__name__, self.method, is_verb=set(self._declared.actions) == {"post"})

    def get_summary(self) -> str:
        """The first sentence of the method's docstring."""
        return _sentences(super().get_description())[0].removesuffix(".")

    def get_description(self) -> str:  # type: ignore[override]  # drf-spectacular narrows it
        """What the docstring says beyond its first sentence."""
        return " ".join(_sentences(super().get_description())[1:])

    def get_tags(self) -> list[str]:
        """The first step of the path below the version; `velro.settings.openapi` describes each."""
        return [step.lstrip(".") for step in self._tokenize_path()[:1]]

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Public methods need no token, but may heed one."""
        if self._declared.actions.get(self._method) != PUBLIC:
            return [{"bearer": []}]
        return [{}, {"bearer": []}] if self._declared.is_token_heeded else []

    def get_request_serializer(self) -> Any:
        """The declared input."""
        return self._declared.inputs.get(self._method)

    def get_override_parameters(self) -> list[Any]:
        """Query string, which drf-spectacular explodes into parameters, and headers of both directions."""
        query = self._declared.queries.get(self._method)
        answer = self._answer
        asked, answered = self._declared.request_headers.get(self._method, ()), answer.headers
        if is_idempotent(getattr(self._declared, self._method)):
            asked, answered = (*asked, IDEMPOTENCY_KEY), (*answered, IDEMPOTENCY_REPLAYED)
        statuses = [answer.status, *answer.variants]
        return [
            *([query] if query else []),
            *(_header_parameter(header) for header in asked),
            *(_header_parameter(header, statuses=statuses) for header in answered),
        ]

    def get_extensions(self) -> dict[str, Any]:
        """Tells `velro.api.openapi_document` what is not limited, and what has no 415."""
        marks = {
            PROBE_MARK: self._declared.is_probe,
            PLAIN_REFUSAL_MARK: self._declared.has_plain_refusal_of_media_types,
        }
        return {mark: True for mark, is_set in marks.items() if is_set}

    def get_examples(self) -> list[OpenApiExample]:
        """The declared bodies."""
        bodies = self._declared.examples.get(self._method, {})
        return [OpenApiExample(name, value=dict(body), request_only=True) for name, body in bodies.items()]

    def get_response_serializers(self) -> Any:
        """The declared answer with its variants, and problems for everything else."""
        answer = self._answer
        content: Any = OpenApiTypes.BINARY if answer.media_types else answer.serializer
        if answer.serializer and answer.is_list:
            content = answer.serializer(many=True)
        success = {
            (str(status), *answer.media_types): content if status // 100 == 2 else None  # noqa: PLR2004 - 304 has no body
            for status in (answer.status, *answer.variants)
        }
        return {**success, ("default", PROBLEM_MEDIA_TYPE): Problem}

    def get_paginated_name(self, serializer_name: str) -> str:
        """`GenerationPage`."""
        return f"{serializer_name}Page"

    def _get_serializer_name(self, serializer: Any, direction: str, bypass_extensions: bool = False) -> str:  # noqa: FBT001, FBT002 - overridden
        """Our class names tell the direction, so no suffix is added; what comes out is simply the thing."""
        child = getattr(serializer, "child", serializer)
        return type(child).__name__.removesuffix("Output")

    def _map_serializer(self, serializer: Any, direction: str, bypass_extensions: bool = False) -> Any:  # noqa: FBT001, FBT002 - overridden
        """Inputs refuse unknown fields or say that they do not; outputs have every field unless it may be left out."""
        map_serializer: Any = super()._map_serializer
        schema = map_serializer(serializer, direction, bypass_extensions)
        if direction == "request" and isinstance(serializer, TypedSerializer):
            schema["additionalProperties"] = not isinstance(serializer, StrictSerializer)
        elif direction == "response":
            schema["required"] = sorted(name for name, field in serializer.fields.items() if _is_always_there(field))
        return schema

    def _is_list_view(self, serializer: Any = None) -> bool:
        return self._answer.is_list if serializer is None else isinstance(serializer, serializers.ListSerializer)

    def _get_paginator(self) -> Any:
        return KeysetPagination() if self._answer.is_list else None


def name_operation(view_name: str, method: str, *, is_verb: bool) -> str:
    """`listTeams` and `createTeam` of TeamListView, `getTeam` of TeamView, `login` of LoginView, which only posts."""
    thing = view_name.removesuffix("View")
    if is_verb and not thing.endswith("List"):
        return thing[0].lower() + thing[1:]
    verb = VERBS[method]
    if not thing.endswith("List"):
        return verb + thing
    thing = thing.removesuffix("List")
    if method == "POST":
        return verb + thing
    return ("list" if method == "GET" else verb) + re.sub(r"([^aeiou])y$", r"\1ie", thing) + "s"


def _header_parameter(header: Header, *, statuses: list[int] | None = None) -> OpenApiParameter:
    return OpenApiParameter(
        header.name,
        {"type": "string", **({"pattern": header.pattern} if header.pattern else {})},
        OpenApiParameter.HEADER,
        description=header.meaning,
        response=statuses or False,
    )


def _sentences(text: str) -> list[str]:
    return re.split(r"(?<=\.)\s+", text.strip())


def _is_always_there(field: serializers.Field[Any, Any, Any, Any]) -> bool:
    return bool(field.required or field.read_only or field.default is not serializers.empty)
