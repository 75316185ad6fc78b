"""Tokens that no honest client holds."""

import time
from typing import Any
from uuid import uuid4

import jwt

from accounts.models import Session, SigningKey
from accounts.services.signing_keys import active_signing_key
from velro.encryption import unseal


def private_pem(key: SigningKey) -> str:
    return unseal(key.private_key, context=key.seal_context).decode()


def claims_of(session: Session, **changes: Any) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": "velro",
        "aud": "velro-api",
        "sub": str(session.user_id),
        "sid": str(session.id),
        "jti": str(uuid4()),
        "iat": now,
        "nbf": now,
        "exp": now + 600,
        "auth_time": now,
        "token_type": "access",
        "amr": ["pwd"],
    } | changes
    return {name: value for name, value in claims.items() if value is not None}


def forge(claims: dict[str, Any], **headers: Any) -> str:
    """Signed by the real active key, so that only what the test changed is wrong."""
    key = active_signing_key()
    return jwt.encode(claims, private_pem(key), algorithm="RS256", headers={"kid": key.kid, "typ": "at+jwt"} | headers)
