"""Rows that many tests start from."""

from functools import cache
from typing import Any
from uuid import uuid4

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts.models import User

PASSWORD = "a long enough test password"


@cache
def hashed_password() -> str:
    """Hashing is slow on purpose; the same hash serves every person of a run."""
    return make_password(PASSWORD)


def user_factory(**attributes: Any) -> User:
    """A stored, active person with a verified address, who signs in with PASSWORD."""
    defaults = {
        "email": f"person-{uuid4().hex}@velro.test",
        "display_name": "Test Person",
        "password": hashed_password(),
        "email_verified_at": timezone.now(),
    }
    return User.objects.create(**defaults | attributes)
