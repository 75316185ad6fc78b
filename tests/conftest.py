"""Fixtures of all tests. Servers come from `tests.support.services`, which pytest loads before Django."""

from time import monotonic

import pytest
from django.conf import settings as django_settings
from hypothesis import settings
from pytest_django import DjangoDbBlocker

from accounts.services.signing_keys import active_signing_key
from velro.blocking.block_list import block_list
from velro.celery import app as celery_app

pytest_plugins = ("tests.support.answers", "tests.support.trail")

celery_app.set_default()
# How long one example takes is no property of the code on a machine that others use too.
settings.register_profile("default", deadline=None)
# Of `make test-long`. Tests that try at random ask for it by name and try harder.
settings.register_profile("long", deadline=None)


@pytest.fixture(scope="session", autouse=True)
def nobody_is_blocked() -> None:
    """The door reads the table of blocked networks; for tests that may not read any, it has just done so."""
    block_list._renew_at = monotonic() + django_settings.ENVIRONMENT.blocked_networks_max_age


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:  # noqa: ARG001 - goes first
    """A test database with a signing key, because making one takes longer than most tests."""
    with django_db_blocker.unblock():
        active_signing_key()
