"""Every error becomes RFC 9457 `application/problem+json` here, and nowhere else."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import structlog
from django.core.exceptions import DisallowedHost, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse
from rest_framework import exceptions as drf
from rest_framework.response import Response

from velro import errors
from velro.observability.context import current_request_id

log = structlog.get_logger(__name__)

PROBLEM_MEDIA_TYPE = "application/problem+json"
MOST_FAULTS = 50
TYPE_BASE = "https://velro.dev/problems/"

EQUIVALENTS: tuple[tuple[type[Exception], type[errors.VelroError], str | None], ...] = (
    (Http404, errors.NotFound, None),
    (drf.NotFound, errors.NotFound, None),
    (drf.ParseError, errors.MalformedRequest, "The body is not valid JSON."),
    (drf.UnsupportedMediaType, errors.UnsupportedMediaType, "Send application/json."),
    (drf.NotAcceptable, errors.NotAcceptable, "Ask for application/json."),
    (RequestDataTooBig, errors.RequestTooLarge, None),
    (DisallowedHost, errors.MalformedRequest, "The Host header names no host that is served here."),
    (SuspiciousOperation, errors.MalformedRequest, None),
    (OperationalError, errors.ServiceUnavailable, "The database does not answer. Try again in a moment."),
    (InterfaceError, errors.ServiceUnavailable, "The database does not answer. Try again in a moment."),
)


def handle_exception(error: Exception, context: Mapping[str, Any]) -> Response:
    """DRF's exception handler: never returns None, so no traceback reaches a client."""
    problem = as_velro_error(error)
    http_request = context["request"]
    return Response(
        problem_document(problem, instance=http_request.path),
        status=problem.status,
        headers=problem.headers,
        content_type=PROBLEM_MEDIA_TYPE,
    )


def problem_response(error: Exception, *, instance: str) -> HttpResponse:
    """The same answer for what is raised outside of DRF. `instance` is the path of the request."""
    problem = as_velro_error(error)
    return HttpResponse(
        json.dumps(problem_document(problem, instance=instance)),
        status=problem.status,
        headers=problem.headers,
        content_type=PROBLEM_MEDIA_TYPE,
    )


def problem_document(problem: errors.VelroError, *, instance: str) -> dict[str, Any]:
    """The body: `type title status detail instance code request_id`, and `errors` where the input is at fault."""
    document: dict[str, Any] = {
        "type": TYPE_BASE + problem.code,
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail or problem.title + ".",
        "instance": instance,
        "code": problem.code,
        "request_id": current_request_id(),
    }
    if problem.errors:
        document["errors"] = [
            {"pointer": fault.pointer, "code": fault.code, "message": fault.message}
            for fault in problem.errors[:MOST_FAULTS]
        ]
    return document


def as_velro_error(error: Exception) -> errors.VelroError:
    """Translate what libraries raise. The unknown is logged whole and shown as nothing but `internal_error`."""
    if isinstance(error, errors.VelroError):
        return error
    if isinstance(error, drf.ValidationError):
        return errors.InvalidInput(errors=tuple(field_problems(error.get_full_details())))
    if isinstance(error, drf.MethodNotAllowed):
        return errors.MethodNotAllowed()
    for source, target, detail in EQUIVALENTS:
        if isinstance(error, source):
            if target.status >= errors.ServiceUnavailable.status:
                log.error("dependency_failed", exc_info=error)
            return target(detail)
    log.error("unhandled_exception", exc_info=error)
    return errors.VelroError("The fault has been recorded. Quote the request_id if you report it.")


def field_problems(details: Any, pointer: str = "") -> Iterator[errors.FieldProblem]:
    """Flatten DRF's nested details into JSON pointers."""
    if isinstance(details, Mapping) and "message" in details and "code" in details:
        yield errors.FieldProblem(pointer, str(details["code"]), str(details["message"]))
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            step = "" if name == "non_field_errors" else "/" + escape_pointer(str(name))
            yield from field_problems(inner, pointer + step)
    elif isinstance(details, Sequence):
        is_leaf = all(isinstance(inner, Mapping) and {"message", "code"} <= set(inner) for inner in details)
        for index, inner in enumerate(details):
            yield from field_problems(inner, pointer if is_leaf else f"{pointer}/{index}")


def escape_pointer(step: str) -> str:
    """One step of an RFC 6901 pointer."""
    return step.replace("~", "~0").replace("/", "~1")
