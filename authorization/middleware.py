"""Runs layers 9 and 10 on every answer, whoever made it: DRF, the admin, a static file or an error."""

from collections.abc import Callable

import structlog
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from authorization import pipeline
from authorization.deliberation import Delivery
from authorization.layers.final import LeakPrevented
from velro.api.problems import problem_response

log = structlog.get_logger(__name__)


class ResponseLayersMiddleware:
    """Sits outside of everything that can answer, inside the request context."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, then look at the answer."""
        response = self.get_response(request)
        try:
            delivery = pipeline.run(pipeline.DELIVERY, delivery_of(request, response))
        except LeakPrevented as error:
            log.critical("leak_prevented", route=request.resolver_match.route if request.resolver_match else None)
            response = problem_response(error, request)
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
