"""API keys for tests, made as people make them."""

from datetime import datetime
from uuid import uuid4

from rest_framework.test import APIClient

from accounts.models import User
from accounts.services.api_keys import IssuedKey, issue_api_key
from authorization.facts import Principal
from authorization.scopes import Scope
from tests.support.clients import bearer_client


def key_of(user: User, *, expires_at: datetime | None = None) -> IssuedKey:
    """A key that may evaluate."""
    return issue_api_key(Principal(user.id, uuid4()), name="Test", scopes={Scope.EVALUATE}, expires_at=expires_at)


def key_client_for(user: User) -> APIClient:
    """A client that shows a new key of this person."""
    return bearer_client(key_of(user).secret)
