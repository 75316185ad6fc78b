"""Fixtures of all tests. Servers come from `tests.support.services`, which pytest loads before Django."""

import pytest
from pytest_django import DjangoDbBlocker

from accounts.services.signing_keys import active_signing_key
from velro.celery import app as celery_app

pytest_plugins = ("tests.support.answers",)

celery_app.set_default()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:  # noqa: ARG001 - goes first
    """A test database with a signing key, because making one takes longer than most tests."""
    with django_db_blocker.unblock():
        active_signing_key()
