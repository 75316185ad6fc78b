"""The root of every error that Velro raises on purpose.

A feature subclasses `VelroError` with its own code, status and title; `velro.api.problems` is the only place that
turns one into an HTTP answer. The class attributes are the public contract, so renaming a code is a breaking change.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """One fault of the input. `pointer` is an RFC 6901 JSON pointer into the body, or `?name` for a query parameter."""

    pointer: str
    code: str
    message: str


class VelroError(Exception):
    """A situation the client can be told about. `detail` must be safe to show to anyone who can cause it."""

    code: ClassVar[str] = "internal_error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong on our side"

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: Sequence[FieldProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})


class InvalidInput(VelroError):
    """The request is well formed but its values are not acceptable; `errors` names each of them."""

    code = "invalid_input"
    status = 400
    title = "The request has values that cannot be accepted"


class MalformedRequest(VelroError):
    """The body or a parameter cannot be read at all."""

    code = "malformed_request"
    status = 400
    title = "The request cannot be read"


class NotFound(VelroError):
    """Nothing is here for this caller: absent and forbidden look alike."""

    code = "not_found"
    status = 404
    title = "Nothing was found here"


class MethodNotAllowed(VelroError):
    """The resource exists but does not speak this method."""

    code = "method_not_allowed"
    status = 405
    title = "This method is not supported here"


class NotAcceptable(VelroError):
    """No representation matches the Accept header."""

    code = "not_acceptable"
    status = 406
    title = "None of the accepted media types can be produced"


class Conflict(VelroError):
    """The request contradicts the state of the resource."""

    code = "conflict"
    status = 409
    title = "The resource is in a state that does not allow this"


class PreconditionFailed(VelroError):
    """If-Match names a version that is not the current one."""

    code = "precondition_failed"
    status = 412
    title = "The resource changed since you read it"


class PreconditionRequired(VelroError):
    """What is asked may only be done to a version that the caller has seen."""

    code = "precondition_required"
    status = 428
    title = "Say by If-Match which version you saw"


class RequestTooLarge(VelroError):
    """The body exceeds the limit."""

    code = "request_too_large"
    status = 413
    title = "The request body is too large"


class UnsupportedMediaType(VelroError):
    """The body is not application/json."""

    code = "unsupported_media_type"
    status = 415
    title = "The media type of the body is not supported"


class ServiceUnavailable(VelroError):
    """A part that the request needs does not answer; trying again later may help."""

    code = "service_unavailable"
    status = 503
    title = "A part of the service is not available at the moment"
