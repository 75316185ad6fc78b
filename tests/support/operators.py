"""Operators at the door of the admin."""

from django.test import Client

from accounts.models import User
from tests.support.factories import user_factory


def new_operator() -> User:
    """Staff and superuser, as operators are."""
    return user_factory(is_staff=True, is_superuser=True)


def client_of(operator: User) -> Client:
    """Signed in at the admin."""
    client = Client()
    client.force_login(operator)
    return client
