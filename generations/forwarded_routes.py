"""Addresses of generations for gateways that ask before they let a request through; the API itself asks again."""

from typing import Final

from authorization.ports import ForwardedRoute
from generations import actions

ALL: Final = "/api/v1/generations"
ONE: Final = f"{ALL}/{{id}}"


def _route(method: str, template: str, action: str | None) -> ForwardedRoute:
    return ForwardedRoute(method, template, actions.RESOURCE, action)


# The first that fits is the one: fixed addresses stand before those with an id.
FORWARDED_ROUTES: Final = (
    _route("GET", ALL, None),
    _route("POST", ALL, None),
    _route("POST", f"{ALL}/authorize", None),
    _route("POST", f"{ALL}/estimate", None),
    _route("GET", ONE, actions.READ.verb),
    _route("PATCH", ONE, actions.WRITE.verb),
    _route("DELETE", ONE, actions.DELETE.verb),
    _route("POST", f"{ONE}/authorize", None),
    _route("GET", f"{ONE}/share", actions.SHARE.verb),
    _route("PUT", f"{ONE}/share", actions.SHARE.verb),
    _route("DELETE", f"{ONE}/share/{{id}}", actions.SHARE.verb),
    _route("GET", f"{ONE}/delegations", actions.READ.verb),
    _route("POST", f"{ONE}/delegations", actions.READ.verb),
    _route("POST", f"{ONE}/archive", actions.DELETE.verb),
    # Of what is deleted a gateway knows nothing.
    _route("POST", f"{ONE}/restore", None),
    # Whoever delegated may end it without any right left, and operators may have anything explained.
    _route("DELETE", f"{ONE}/delegations/{{id}}", None),
    _route("GET", f"{ONE}/explain", None),
    _route("GET", f"{ONE}/access", actions.SHARE.verb),
    _route("POST", f"{ONE}/impact", actions.SHARE.verb),
)
