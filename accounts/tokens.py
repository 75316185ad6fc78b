"""JSON Web Tokens: simplejwt encodes and decodes, under a key of our ring that the token names and nothing more.

Whether the session still lives is not asked here but in `policies` (access) and `services.refresh` (refresh).
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, ClassVar, Final, cast
from uuid import UUID

import jwt
from django.conf import settings
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import (
    ExpiredTokenError,
    TokenBackendError,
    TokenBackendExpiredToken,
    TokenError,
)
from rest_framework_simplejwt.tokens import Token

from accounts.models import Session, SigningKey
from authorization.errors import TokenExpired, TokenInvalid
from velro.encryption import unseal

# A header with anything more (jku, x5u, jwk, crit) tries to say how it should be verified.
HEADER_MEMBERS: Final = {"alg", "kid", "typ"}
REQUIRED_CLAIMS: Final = ["iss", "aud", "exp", "nbf", "iat", "jti", "sub", "sid", "auth_time"]
KEY_ID = re.compile(r"[A-Za-z0-9_-]{43}")
PASSWORD_METHOD: Final = "pwd"  # noqa: S105 - RFC 8176 name of an authentication method


@dataclass(frozen=True, slots=True)
class VerifyingKey:
    """The public part of a key of the ring. `public_key` is PEM."""

    kid: str
    algorithm: str
    public_key: str


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a token says before it is verified: good for looking things up, for nothing else."""

    kid: str
    session_id: UUID


@dataclass(frozen=True, slots=True)
class Claims:
    """What a verified token says, until it `expires_at`, in seconds since 1970."""

    user_id: UUID
    session_id: UUID
    token_id: UUID
    expires_at: int


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a client holds. `expires_in` is the life of the access token in seconds."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires_in: int


class RingBackend(TokenBackend):
    """simplejwt's backend bound to one key of the ring."""

    def __init__(self, kid: str, algorithm: str, *, signing_key: str | None = None, verifying_key: str = "") -> None:
        environment = settings.ENVIRONMENT
        super().__init__(
            algorithm, signing_key, verifying_key, audience=environment.jwt_audience, issuer=environment.jwt_issuer
        )
        self.kid = kid

    def encode(self, payload: dict[str, Any]) -> str:
        """Sign. The media type follows RFC 9068 for access tokens."""
        claims = {**payload, "iss": self.issuer, "aud": self.audience, "nbf": payload["iat"]}
        kind = AccessToken if payload["token_type"] == AccessToken.token_type else RefreshToken
        headers = {"kid": self.kid, "typ": kind.media_type}
        return jwt.encode(claims, self.prepared_signing_key, algorithm=self.algorithm, headers=headers)

    def decode(self, token: Token, verify: bool = True) -> dict[str, Any]:  # noqa: FBT001, FBT002 - simplejwt's signature
        """Verify the signature, the issuer, the audience and the times. Raises simplejwt's TokenBackendError."""
        if not verify:
            raise TokenBackendError("tokens are always verified")
        try:
            return jwt.decode(
                str(token),
                self.prepared_verifying_key,
                algorithms=[self.algorithm],
                audience=self.audience,
                issuer=self.issuer,
                options={"require": REQUIRED_CLAIMS},
            )
        except jwt.ExpiredSignatureError as error:
            raise TokenBackendExpiredToken("expired") from error
        except jwt.InvalidTokenError as error:
            raise TokenBackendError("invalid") from error


class SessionToken(Token):
    """A token of a session, under one key. Given `token`, it is verified; otherwise it is a new one to fill."""

    media_type: ClassVar[str]

    def __init__(self, token: str | None = None, *, backend: RingBackend) -> None:
        self._token_backend = backend
        super().__init__(cast("Token | None", token))  # simplejwt takes text and says otherwise

    @classmethod
    def issue(cls, session: Session, *, backend: RingBackend) -> "SessionToken":
        """A new token with the claims that both kinds carry."""
        token = cls(backend=backend)
        token["sub"] = str(session.user_id)
        token["sid"] = str(session.id)
        token["auth_time"] = int(session.created_at.timestamp())
        token["amr"] = [PASSWORD_METHOD]
        return token

    def set_jti(self) -> None:
        """Hyphenated, like every other id of ours."""
        super().set_jti()
        self.payload["jti"] = str(UUID(self.payload["jti"]))

    @property
    def claims(self) -> Claims:
        """Typed. Raises ValueError if an id is no UUID, which a token of ours never has."""
        return Claims(UUID(self["sub"]), UUID(self["sid"]), UUID(self["jti"]), self["exp"])


class AccessToken(SessionToken):
    """Opens every endpoint but one, for minutes."""

    token_type = "access"  # noqa: S105 - a kind of token
    media_type = "at+jwt"
    lifetime = timedelta(seconds=settings.ENVIRONMENT.jwt_access_lifetime)


class RefreshToken(SessionToken):
    """Buys the next pair, once."""

    token_type = "refresh"  # noqa: S105 - a kind of token
    media_type = "JWT"
    lifetime = timedelta(seconds=settings.ENVIRONMENT.session_idle_lifetime)


def issue_pair(session: Session, *, key: SigningKey) -> TokenPair:
    """The tokens of the session as it stands. `key` must be the active one."""
    backend = _signing_backend(key.private_key, key.seal_context, key.kid, key.algorithm)
    access, refresh = AccessToken.issue(session, backend=backend), RefreshToken.issue(session, backend=backend)
    refresh["jti"] = str(session.refresh_id)
    _limit(access, session.expires_at)
    _limit(refresh, session.idle_expires_at)
    return TokenPair(str(access), str(refresh), expires_in=access["exp"] - access["iat"])


def read_unverified(token: str) -> Claimed:
    """Find out which key and session a token speaks of. Raises TokenInvalid for whatever is not one of ours in form."""
    try:
        header = jwt.get_unverified_header(token)
        session_id = jwt.decode(token, options={"verify_signature": False})["sid"]
        if set(header) != HEADER_MEMBERS or not KEY_ID.fullmatch(header["kid"]):
            raise TokenInvalid
        return Claimed(header["kid"], UUID(session_id))
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise TokenInvalid from error


def read_token(token: str, *, kind: type[SessionToken], key: VerifyingKey) -> Claims:
    """Verify a token of one kind. Raises TokenInvalid or TokenExpired."""
    try:
        claims = kind(token, backend=_verifying_backend(key)).claims
    except ExpiredTokenError as error:
        raise TokenExpired from error
    except (TokenError, ValueError) as error:
        raise TokenInvalid from error
    if jwt.get_unverified_header(token)["typ"] != kind.media_type:
        raise TokenInvalid
    return claims


def _limit(token: SessionToken, deadline: datetime) -> None:
    token["exp"] = min(token["exp"], int(deadline.timestamp()))


@lru_cache(maxsize=4)
def _signing_backend(sealed: str, seal_context: str, kid: str, algorithm: str) -> RingBackend:
    # Parsing an RSA key costs more than signing with it. The arguments of a key never change, so nothing goes stale.
    return RingBackend(kid, algorithm, signing_key=unseal(sealed, context=seal_context).decode())


@lru_cache(maxsize=32)
def _verifying_backend(key: VerifyingKey) -> RingBackend:
    return RingBackend(key.kid, key.algorithm, verifying_key=key.public_key)
