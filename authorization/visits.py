"""A request at the door: which limits hold for it, and where its caller stands under them once it was counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve

from velro.api.declarations import PUBLIC
from velro.rate_limits.limits import Endpoint, RateLimit, endpoint_limits
from velro.rate_limits.standing import Standing

# Pages that are no ApiView and cannot declare what they need.
FORMS: Final = {"admin:login": Endpoint.SIGN_IN}


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. `endpoint` is the limit of the endpoint alone, by person where one has to be signed in there."""

    is_probe: bool = False
    is_limited: bool = True
    endpoint: RateLimit | None = None
    is_endpoint_public: bool = True
    standings: list[Standing] = field(default_factory=list)


_current: ContextVar[Visit | None] = ContextVar("visit", default=None)


def current_visit() -> Visit | None:
    """The running request's; None where no request came through the door, as in a task."""
    return _current.get()


@contextmanager
def received(visit: Visit) -> Iterator[Visit]:
    """Serve a request as this visit."""
    token = _current.set(visit)
    try:
        yield visit
    finally:
        _current.reset(token)


def visit_of(request: HttpRequest) -> Visit:
    """By route, never by path: no spelling of an address has a quota of its own."""
    if request.path_info.startswith(settings.STATIC_URL):
        return Visit(is_limited=False)
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return Visit()
    view = getattr(match.func, "view_class", None)
    if getattr(view, "is_probe", False):
        return Visit(is_probe=True, is_limited=False)
    method = "get" if request.method == "HEAD" else str(request.method).lower()
    if match.view_name in FORMS and method == "post":
        return Visit(endpoint=_limit_of(FORMS[match.view_name]))
    endpoint = getattr(view, "limits", {}).get(method)
    if endpoint is None:
        return Visit()
    return Visit(endpoint=_limit_of(endpoint), is_endpoint_public=getattr(view, "actions", {}).get(method) == PUBLIC)


def _limit_of(endpoint: Endpoint) -> RateLimit:
    return endpoint_limits(settings.ENVIRONMENT.rate_limit_endpoints)[endpoint]
