"""The engine as DRF sees it: bearer authentication (layers 1 to 3) and one permission class for every view."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from authorization import engine
from authorization.actions import Action
from authorization.errors import PermissionDenied, TokenInvalid
from authorization.facts import Attempt, Principal
from authorization.refusals import record_refusal, recording_disbelief
from velro.api.declarations import PUBLIC
from velro.audit.services import Actor
from velro.observability.client_address import client_address_of
from velro.observability.client_device import LONGEST_ACCEPT_LANGUAGE, LONGEST_USER_AGENT

if TYPE_CHECKING:
    from rest_framework.views import APIView

SCOPE_MISSING: Final = "scope_missing"


def attempt_of(request: Request) -> Attempt:
    """What the request shows. Raises TokenInvalid for an Authorization header that is not `Bearer <token>`."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme and (scheme.lower() != "bearer" or not token):
        with recording_disbelief(_anonymous_attempt_of(request)):
            raise TokenInvalid("Send the header as: Authorization: Bearer <access token>.")
    return replace(_anonymous_attempt_of(request), token=token or None)


class BearerAuthentication(BaseAuthentication):
    """`request.user` becomes a Principal, or None for nobody."""

    def authenticate(self, request: Request) -> tuple[Principal, None] | None:
        """Run layers 1 to 3."""
        principal = engine.admit(attempt_of(request))
        return (principal, None) if principal else None

    def authenticate_header(self, request: Request) -> str:
        """Makes DRF answer 401, not 403."""
        return 'Bearer realm="velro"'


class AnonymousAuthentication(BearerAuthentication):
    """For the endpoints that hand out tokens: whoever comes to replace a stale token still sends it along."""

    def authenticate(self, request: Request) -> None:
        """Run layers 1 to 3 for nobody."""
        engine.admit(_anonymous_attempt_of(request))


class HasAction(BasePermission):
    """Reads `view.actions`: a method that declares none is denied, whoever asks."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Before the body is read: somebody must be signed in unless the method is public.

        Raises PermissionDenied for an API key that does not reach as far.
        """
        action = _declared_action(request, view)
        if action == PUBLIC:
            return True
        principal = principal_of(request)
        if isinstance(action, Action) and not principal.can_use(action):
            _record_missing_scope(principal, action)
            raise PermissionDenied("The API key does not have the scope for this.")
        return isinstance(action, Action)

    def has_object_permission(self, request: Request, view: "APIView", obj: Any) -> bool:
        """The declared action on one object, by the same engine. Raises NotFound or PermissionDenied."""
        action = _declared_action(request, view)
        if not isinstance(action, Action):
            return False
        engine.require(principal_of(request), action, obj.pk)
        return True


def _record_missing_scope(principal: Principal, action: Action) -> None:
    actor = Actor(principal.user_id, principal.session_id)
    record_refusal(
        SCOPE_MISSING, account=f"{principal.session_id}/{action}", actor=actor, details={"action": str(action)}
    )


def _anonymous_attempt_of(request: Request) -> Attempt:
    return Attempt(
        client_address=client_address_of(request.META),
        user_agent=request.headers.get("User-Agent", "")[:LONGEST_USER_AGENT],
        token=None,
        accept_language=request.headers.get("Accept-Language", "")[:LONGEST_ACCEPT_LANGUAGE],
    )


def principal_of(request: Request) -> Principal:
    """The signed-in caller, typed. Raises Unauthenticated, which a view with a declared action never meets."""
    return engine.require_principal(_principal(request))


def _declared_action(request: Request, view: "APIView") -> object:
    method = "get" if request.method == "HEAD" else str(request.method).lower()
    return getattr(view, "actions", {}).get(method)


def _principal(request: Request) -> Principal | None:
    return request.user if isinstance(request.user, Principal) else None
