"""RSA keys in the forms the ring needs: PEM to store, JWK to publish, RFC 7638 thumbprint to name."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from jwt.algorithms import RSAAlgorithm

MODULUS_BITS = 3072  # 128 bits of strength
PUBLIC_EXPONENT = 65537


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A new key. Both parts are PEM."""

    kid: str
    public_key: str
    private_key: str = field(repr=False)


def generate_key_pair() -> KeyPair:
    """Takes some tenths of a second."""
    private = generate_private_key(public_exponent=PUBLIC_EXPONENT, key_size=MODULUS_BITS)
    public_pem = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    private_pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return KeyPair(kid=thumbprint(public_pem), public_key=public_pem, private_key=private_pem)


@lru_cache(maxsize=32)
def public_parameters(public_pem: str) -> dict[str, str]:
    """The members `kty`, `n` and `e` of the JWK."""
    algorithm = RSAAlgorithm(RSAAlgorithm.SHA256)
    jwk: dict[str, Any] = algorithm.to_jwk(algorithm.prepare_key(public_pem), as_dict=True)
    return {name: str(jwk[name]) for name in ("kty", "n", "e")}


def thumbprint(public_pem: str) -> str:
    """RFC 7638: 43 characters of base64url, the same for the same key everywhere."""
    canonical = json.dumps(public_parameters(public_pem), sort_keys=True, separators=(",", ":"))
    return base64.urlsafe_b64encode(hashlib.sha256(canonical.encode()).digest()).rstrip(b"=").decode()
