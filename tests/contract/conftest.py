"""Somebody who is signed in, without the price of signing in."""

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from tests.support.factories import user_factory
from tests.support.principals import principal_for


@pytest.fixture
def person(db: None) -> User:  # noqa: ARG001 - asked for its effect
    return user_factory()


@pytest.fixture
def client(person: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(principal_for(person))  # type: ignore[arg-type]  # the stubs want a User
    return client
