"""Gateways ask about addresses: method and path become a question about a resource by the registered table."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from authorization.authzen.evaluation import evaluate
from authorization.errors import PermissionDenied
from authorization.facts import Principal
from authorization.ports import Entity, ForwardedRoute, Inquiry
from authorization.registry import registry

PERSON: Final = "user"
# Letters that no server reads as anything but themselves: no encoding, no dots that lead to another place.
ID_IN_PATH: Final = r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*"


@dataclass(frozen=True, slots=True)
class ForwardedRequest:
    """What a gateway is about to let through. `path` is without the query string."""

    method: str
    path: str


def authorize_forwarded(forwarded: ForwardedRequest, *, principal: Principal) -> None:
    """Raises PermissionDenied for an address that is in no table and for a person who may not."""
    route, resource_id = _route_of(forwarded)
    if route.action is None:
        return
    resource = Entity(route.resource_type, resource_id)
    person = Entity(PERSON, str(principal.user_id))
    if not evaluate(Inquiry(person, route.action, resource, asked_by=principal)):
        raise PermissionDenied


def _route_of(forwarded: ForwardedRequest) -> tuple[ForwardedRoute, str]:
    method = "GET" if forwarded.method == "HEAD" else forwarded.method
    for route in registry.forwarded_routes:
        found = _pattern_of(route.template).fullmatch(forwarded.path) if route.method == method else None
        if found:
            return route, found.groupdict().get("id", "")
    raise PermissionDenied("No rule covers this address.")


@lru_cache(maxsize=256)
def _pattern_of(template: str) -> re.Pattern[str]:
    """The first id is the one that is asked about; further ones name something within it."""
    place = re.escape("{id}")
    return re.compile(re.escape(template).replace(place, f"(?P<id>{ID_IN_PATH})", 1).replace(place, ID_IN_PATH))
