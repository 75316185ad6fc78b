"""Somebody who is signed in, without the price of signing in."""

from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from authorization.facts import Principal
from tests.support.factories import user_factory


@pytest.fixture
def person(db: None) -> User:  # noqa: ARG001 - asked for its effect
    return user_factory()


@pytest.fixture
def client(person: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(Principal(user_id=person.id, session_id=uuid4()))  # type: ignore[arg-type]  # the stubs want a User
    return client
