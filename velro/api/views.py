"""The view class of the whole API: each view states, as data, what it reads, answers and is allowed for.

A subclass declares per method (lower case):
- `actions`: the `authorization.actions.Action` it needs, or `PUBLIC`; a method without one is refused.
- `inputs` / `queries`: serializers of the body and of the query string; anything they do not name is a 400, unless
  `is_query_ignored` says that the query string belongs to somebody else.
- `examples`: bodies by name, for the document.
- `request_headers`: the headers it heeds, for the document.
- `outputs`: the `Answer` (status and serializer). No other code picks a status.
- `limits`: the `Endpoint` under whose own rate limit it falls, beside those of addresses and people.

`is_token_heeded` marks what is public and answers more to some who show a token.
`is_probe` marks what looks after this process: it is not limited and reads no tables at the door.
`has_plain_refusal_of_media_types` marks what answers another media type with 400 instead of 415.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.http.request import QueryDict
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView

from velro.api.declarations import Answer, Header
from velro.errors import FieldProblem, InvalidInput, MethodNotAllowed
from velro.rate_limits.limits import Endpoint


class ApiView(APIView):
    """See the module's docstring."""

    actions: ClassVar[Mapping[str, object]] = {}
    inputs: ClassVar[Mapping[str, type[Serializer[Any]]]] = {}
    queries: ClassVar[Mapping[str, type[Serializer[Any]]]] = {}
    examples: ClassVar[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {}
    request_headers: ClassVar[Mapping[str, tuple[Header, ...]]] = {}
    outputs: ClassVar[Mapping[str, Answer]] = {}
    limits: ClassVar[Mapping[str, Endpoint]] = {}
    is_token_heeded: ClassVar[bool] = False
    is_probe: ClassVar[bool] = False
    has_plain_refusal_of_media_types: ClassVar[bool] = False
    is_query_ignored: ClassVar[bool] = False

    @property
    def method_name(self) -> str:
        """Name of the running method in the declarations; HEAD is declared with GET."""
        name = str(self.request.method).lower()
        return "get" if name == "head" else name

    @property
    def allowed_methods(self) -> list[str]:
        """For the Allow header."""
        return [name.upper() for name in self.actions]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse methods nobody declared, authenticate and authorize, then refuse unknown query parameters."""
        if self.method_name not in self.actions:
            raise MethodNotAllowed
        super().initial(request, *args, **kwargs)
        self.query = {} if self.is_query_ignored else self._read_query(request)

    def _read_query(self, request: Request) -> dict[str, Any]:
        serializer_class = self.queries.get(self.method_name)
        serializer = serializer_class(data=request.query_params) if serializer_class else None
        known = set(serializer.fields) if serializer else set()
        faults = [
            fault for name in request.query_params if (fault := _fault_of(name, request.query_params, known=known))
        ]
        if faults:
            raise InvalidInput(errors=faults)
        return _validated(serializer) if serializer else {}

    def read_input(self) -> dict[str, Any]:
        """The validated body of the running request. Raises DRF's ValidationError, with unknown fields named."""
        serializer = self.inputs[self.method_name](data=self.request.data, context=self.get_serializer_context())
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def get_serializer_context(self) -> dict[str, Any]:
        """What serializers may look at."""
        return {"request": self.request, "view": self}

    def answer(self, instance: Any = None, *, headers: Mapping[str, str] | None = None) -> Response:
        """Render `instance` with the declared serializer and status of this method."""
        declared = self.outputs[self.method_name]
        if declared.serializer is None:
            return Response(status=declared.status, headers=dict(headers or {}))
        serializer = declared.serializer(instance, context=self.get_serializer_context())
        return Response(serializer.data, status=declared.status, headers=dict(headers or {}))


def _validated(serializer: Serializer[Any]) -> dict[str, Any]:
    """Query parameters. Faults are reported as `?name`."""
    if not serializer.is_valid():
        raise InvalidInput(
            errors=[
                FieldProblem(f"?{name}", getattr(fault, "code", "invalid"), str(fault))
                for name, faults in serializer.errors.items()
                for fault in faults
            ]
        )
    return dict(serializer.validated_data)


def _fault_of(name: str, parameters: QueryDict, *, known: set[str]) -> FieldProblem | None:
    """What no serializer would notice: DRF passes over empty values, and of several it takes the last."""
    if name not in known:
        return FieldProblem(f"?{name}", "unknown_parameter", "This query parameter is not known here.")
    if len(parameters.getlist(name)) > 1:
        return FieldProblem(f"?{name}", "repeated_parameter", "Give this query parameter once.")
    if not parameters[name]:
        return FieldProblem(f"?{name}", "blank", "Leave this query parameter out, or give it a value.")
    return None
