"""Refusals of the sign-in endpoints, beside those that `authorization.errors` has for every endpoint."""

from authorization.errors import Unauthenticated
from velro.errors import Conflict, VelroError


class InvalidCredentials(Unauthenticated):
    """Unknown address or wrong password: the caller never learns which."""

    code = "invalid_credentials"
    title = "The e-mail address or the password is wrong"


class RefreshReused(Unauthenticated):
    """A refresh token was presented a second time, so one of its two holders is not its owner."""

    code = "refresh_reused"
    title = "The refresh token was used before; the session has ended"


class UnknownSigningKey(VelroError):
    """No key of the ring has this key id."""

    code = "unknown_signing_key"
    status = 404
    title = "No signing key has this id"


class TooManyApiKeys(Conflict):
    """The person holds as many live keys as anybody may."""

    code = "too_many_api_keys"
    title = "You have too many API keys"
