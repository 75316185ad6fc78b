"""Layers that hold at every door: 1 and 2 on every request, 9 and 10 on every answer, whoever made it."""

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from authorization import pipeline
from authorization.deliberation import Admission, Delivery
from authorization.errors import AddressBlocked, RateLimited
from authorization.facts import Attempt
from authorization.layers.cache import report_slow_layers
from authorization.layers.final import LeakPrevented
from authorization.visits import received, visit_of
from velro.api.problems import problem_response
from velro.observability.client_address import client_address_of
from velro.rate_limits.standing import rate_limit_headers

log = structlog.get_logger(__name__)


class DoorLayersMiddleware:
    """Layers 1 and 2 at every door, also those that DRF does not guard: the admin, stored files, pages, health."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Count the request and look where it comes from before anything else happens."""
        attempt = Attempt(client_address_of(request.META), user_agent="", token=None)
        with received(visit_of(request)) as visit:
            try:
                report_slow_layers(pipeline.run(pipeline.DOOR, Admission(attempt)))
            except (AddressBlocked, RateLimited) as error:
                response: HttpResponseBase = problem_response(error, instance=request.path)
            else:
                response = self.get_response(request)
        for name, value in rate_limit_headers(visit.standings).items():
            response.headers[name] = value
        return response


class ResponseLayersMiddleware:
    """Sits outside of everything that can answer, inside the request context."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, then look at the answer."""
        response = self.get_response(request)
        try:
            delivery = report_slow_layers(pipeline.run(pipeline.DELIVERY, delivery_of(request, response)))
        except LeakPrevented as error:
            log.critical("leak_prevented", route=request.resolver_match.route if request.resolver_match else None)
            response = problem_response(error, instance="about:blank")
            delivery = pipeline.run(pipeline.DELIVERY, delivery_of(request, response))
        for name in set(response.headers) - set(delivery.headers):
            del response.headers[name]
        for name, value in delivery.headers.items():
            response.headers[name] = value
        return response


def delivery_of(request: HttpRequest, response: HttpResponseBase) -> Delivery:
    """The answer as the layers see it."""
    is_stream = isinstance(response, StreamingHttpResponse)
    return Delivery(
        status=response.status_code,
        media_type=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
        headers=dict(response.headers),
        body=response.content if isinstance(response, HttpResponse) and not is_stream else None,
        wants_digest="sha-256" in request.headers.get("Want-Repr-Digest", ""),
    )
