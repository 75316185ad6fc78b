"""The secret in an invitation: 256 bits that the outbox need not carry, because they can be made again from the id.

Only who knows SECRET_KEY can do that. Stored is a digest alone, so a copy of the database opens no team.
"""

import base64
import hashlib
from typing import Final
from uuid import UUID

from django.utils.crypto import salted_hmac

SALT: Final = "teams.invitation"


def token_of(invitation_id: UUID) -> str:
    """43 letters, safe anywhere."""
    secret = salted_hmac(SALT, invitation_id.bytes, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(secret).rstrip(b"=").decode()


def digest_of(token: str) -> str:
    """What is stored. A token has the entropy of a key, so a plain hash is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
