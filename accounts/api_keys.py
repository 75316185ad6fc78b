"""The form of an API key: a mark that scanners and people recognise, and 256 random bits."""

import hashlib
import re
import secrets
from typing import Final

MARK: Final = "velro_"
SECRET_BYTES: Final = 32
FORM: Final = re.compile(re.escape(MARK) + r"[A-Za-z0-9_-]{43}")
SHOWN_CHARACTERS: Final = len(MARK) + 6


def new_secret() -> str:
    """A key that nobody has."""
    return MARK + secrets.token_urlsafe(SECRET_BYTES)


def has_mark(token: str) -> bool:
    """Whether a bearer token means to be an API key."""
    return token.startswith(MARK)


def is_well_formed(secret: str) -> bool:
    """Whether it can be a key at all."""
    return FORM.fullmatch(secret) is not None


def prefix_of(secret: str) -> str:
    """What is shown of a key ever after."""
    return secret[:SHOWN_CHARACTERS]


def digest_of(secret: str) -> str:
    """Under what a key is stored and found.

    The time of a look-up tells something of the digest at most, from which no secret can be had.
    """
    return hashlib.sha256(secret.encode()).hexdigest()
