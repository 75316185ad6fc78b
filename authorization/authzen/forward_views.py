"""For gateways that know no AuthZEN: 2xx lets a request through, 401 and 403 stop it, and nothing else is answered."""

from dataclasses import replace
from typing import ClassVar, Final

from rest_framework.request import Request
from rest_framework.response import Response

from authorization.authzen import actions
from authorization.authzen.forwarding import ForwardedRequest, authorize_forwarded
from authorization.deliberation import Admission
from authorization.drf import attempt_of, principal_of
from authorization.errors import PermissionDenied, Unauthenticated
from authorization.layers.identity import identify
from authorization.layers.input_tokens import refuse_malformed
from velro.api.declarations import Answer, Header
from velro.api.negotiation import OneRepresentation
from velro.api.problems import as_velro_error
from velro.api.views import ApiView
from velro.errors import MethodNotAllowed

GATEWAY_KEY: Final = Header("X-Velro-Gateway-Key", "The gateway's own API key, with the scope `authz:evaluate`.")
# One pair is what nginx is told to send, the other what Traefik, Caddy and the snippet for Kong send.
ADDRESSES: Final = (
    (
        Header("X-Original-Method", "Method of the request at the gateway."),
        Header("X-Original-URI", "Its path, with or without a query string."),
    ),
    (
        Header("X-Forwarded-Method", "The same, in the words of other gateways; send one pair only."),
        Header("X-Forwarded-Uri", "The same, in the words of other gateways."),
    ),
)
METHODS: Final = ("get", "post", "put", "patch", "delete")


class ForwardView(ApiView):
    """What both forms share. The headers of the request at the gateway come along, so none of them may matter here."""

    content_negotiation_class = OneRepresentation
    is_query_ignored: ClassVar = True

    def handle_exception(self, exc: Exception) -> Response:
        """Doubt of any kind is a denial: gateways take another status for an outage, and may be set to let it pass."""
        problem = as_velro_error(exc)
        is_clear = isinstance(problem, Unauthenticated | PermissionDenied | MethodNotAllowed)
        return super().handle_exception(problem if is_clear else PermissionDenied())

    def let_through(self, request: Request, forwarded: ForwardedRequest) -> Response:
        """An empty answer if both the gateway and the person may. Raises PermissionDenied."""
        _require_gateway(request)
        authorize_forwarded(forwarded, principal=principal_of(request))
        return self.answer()


class ForwardedAccessView(ForwardView):
    """For nginx, Kong, Traefik and Caddy, which name the request in headers."""

    actions: ClassVar = {"get": actions.FORWARD}
    request_headers: ClassVar = {"get": (GATEWAY_KEY, *ADDRESSES[0], *ADDRESSES[1])}
    outputs: ClassVar = {"get": Answer(204)}

    def get(self, request: Request) -> Response:
        """Say whether the person behind a request at a gateway may make it. 204 if so; else 401 or 403."""
        return self.let_through(request, _named_in_headers(request))


class ForwardedPathView(ForwardView):
    """For Envoy: it asks with the method of the request, puts its path behind ours, and takes 200 alone for a yes."""

    actions: ClassVar = dict.fromkeys(METHODS, actions.FORWARD)
    request_headers: ClassVar = dict.fromkeys(METHODS, (GATEWAY_KEY,))
    outputs: ClassVar = dict.fromkeys(METHODS, Answer(200))

    def get(self, request: Request, *, forwarded_path: str) -> Response:
        """Say whether the person may make the request whose path follows. 200 if so; else 401 or 403."""
        return self.let_through(request, ForwardedRequest(str(request.method), f"/{forwarded_path}"))

    post = put = patch = delete = get


def _named_in_headers(request: Request) -> ForwardedRequest:
    """Raises PermissionDenied unless exactly one pair is there: a second one may come from the client."""
    pairs = [tuple(request.headers.get(header.name) for header in pair) for pair in ADDRESSES]
    given = [pair for pair in pairs if any(pair)]
    if len(given) != 1 or None in given[0]:
        raise PermissionDenied("The gateway must name the method and the address of the request, once.")
    method, uri = map(str, given[0])
    return ForwardedRequest(method, uri.partition("?")[0])


def _require_gateway(request: Request) -> None:
    attempt = replace(attempt_of(request), token=request.headers.get(GATEWAY_KEY.name))
    try:
        # Not admitted as a caller: requests count for their person, or one quota would be that of the whole gateway.
        gateway = identify(refuse_malformed(Admission(attempt))).principal
    except Unauthenticated as error:
        # A 401 would tell the person at the gateway to sign in again.
        raise PermissionDenied("The gateway's key is not good.") from error
    if gateway is None or not gateway.can_use(actions.EVALUATE):
        raise PermissionDenied("The gateway must show a key with the scope authz:evaluate.")
