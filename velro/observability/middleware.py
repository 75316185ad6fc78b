"""Outermost middleware: gives each request its id, client address and timer, and writes its one log line."""

import time
from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse

from velro.observability.client_address import client_address_of
from velro.observability.context import accept_request_id, work_context

log = structlog.get_logger(__name__)


class RequestContextMiddleware:
    """Answers `X-Request-ID` on everything. The log names the route, never the raw path, which may carry a token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve one request inside its own log context."""
        started = time.perf_counter()
        request_id = accept_request_id(request.headers.get("X-Request-ID"))
        with work_context(request_id=request_id, client_address=client_address_of(request.META)):
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            log.info(
                "request",
                method=request.method,
                route=request.resolver_match.route if request.resolver_match else None,
                status=response.status_code,
                duration_ms=round((time.perf_counter() - started) * 1000, 2),
            )
        return response
