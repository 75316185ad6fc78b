"""Refusals. Their codes are the contract of 401 and 403 answers."""

from collections.abc import Mapping

from velro.errors import Conflict, VelroError


class Unauthenticated(VelroError):
    """The request shows no identity that can be believed."""

    code = "authentication_required"
    status = 401
    title = "Sign in first"

    def __init__(self, detail: str | None = None, *, headers: Mapping[str, str] | None = None) -> None:
        challenge = f'Bearer realm="velro", error="{self.code}"'
        super().__init__(detail, headers={"WWW-Authenticate": challenge, **(headers or {})})


class TokenInvalid(Unauthenticated):
    """The token is not one of ours, is altered, or is of another kind."""

    code = "token_invalid"
    title = "The token is not valid"


class TokenExpired(Unauthenticated):
    """The token was valid once."""

    code = "token_expired"
    title = "The token has expired"


class SessionRevoked(Unauthenticated):
    """The session of the token has ended."""

    code = "session_revoked"
    title = "The session has ended"


class AccountUnavailable(Unauthenticated):
    """The account is not active."""

    code = "account_unavailable"
    title = "The account cannot be used"


class PermissionDenied(VelroError):
    """The caller may see the resource but not do this to it."""

    code = "permission_denied"
    status = 403
    title = "You may not do this"


class AddressBlocked(VelroError):
    """The client's address is on a deny list."""

    code = "address_blocked"
    status = 403
    title = "Requests from your address are not accepted"


class RateLimited(VelroError):
    """The caller came too often, by one of the limits that hold for them."""

    code = "rate_limited"
    status = 429
    title = "Too many requests"

    def __init__(self, *, seconds: int) -> None:
        super().__init__(f"Try again in {seconds} seconds.", headers={"Retry-After": str(seconds)})


class GlassAlreadyBroken(Conflict):
    """The operator has an open grant for this resource."""

    code = "glass_already_broken"
    title = "You have opened this already"
