"""An API key that was believed is believed from memory, and not for a moment longer than it would be without."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import ApiKey, User
from authorization.errors import Unauthenticated
from authorization.facts import Attempt, Principal
from authorization.freshness.confirmation import wait_until_heard
from authorization.freshness.listener import Listener
from authorization.registry import registry
from tests.authorization.freshness.conftest import _listening as _listening
from tests.authorization.freshness.conftest import listener as listener
from tests.support.api_keys import key_of
from tests.support.factories import user_factory
from velro.database_clock import database_now

ENDS: Final[dict[str, Callable[[User], object]]] = {
    "revoked": lambda it: ApiKey.objects.filter(user=it).update(revoked_at=timezone.now()),
    "expired": lambda it: ApiKey.objects.filter(user=it).update(
        created_at=database_now() - timedelta(days=2), expires_at=database_now()
    ),
    "deleted": lambda it: ApiKey.objects.filter(user=it).delete(),
    "the person is suspended": lambda it: User.objects.filter(id=it.id).update(status="suspended"),
}


@pytest.fixture
def secret(listener: Listener) -> str:
    """Of a key that this process has believed."""
    secret = key_of(user_factory()).secret
    wait_until_heard(listener)
    while asks_about_key(secret):
        pass
    return secret


def identify(secret: str) -> Principal:
    return registry.identity_source.identify(Attempt("127.0.0.1", "", secret))


def owner_of(secret: str) -> User:
    return User.objects.get(id=identify(secret).user_id)


def asks_about_key(secret: str) -> bool:
    with CaptureQueriesContext(connection) as queries:
        identify(secret)
    return len(queries) > 0


def test_nothing_is_asked_again(secret: str) -> None:
    assert not asks_about_key(secret)
    assert registry.identity_source.recognise(Attempt("127.0.0.1", "", secret)) is not None


@pytest.mark.parametrize("name", ENDS)
def test_it_ends_at_once(secret: str, listener: Listener, name: str) -> None:
    ENDS[name](owner_of(secret))
    wait_until_heard(listener)

    assert registry.identity_source.recognise(Attempt("127.0.0.1", "", secret)) is None
    with pytest.raises(Unauthenticated):
        identify(secret)


def test_other_scopes_hold_at_once(secret: str, listener: Listener) -> None:
    ApiKey.objects.filter(user=owner_of(secret)).update(scopes=["other"])
    wait_until_heard(listener)

    assert identify(secret).scopes == frozenset({"other"})


def test_its_use_is_noted_once(secret: str) -> None:
    assert ApiKey.objects.get(user=owner_of(secret)).last_used_at is not None


def test_what_nobody_issued_is_examined_each_time(secret: str) -> None:
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            identify(secret[:-4] + ("AAAA" if not secret.endswith("AAAA") else "BBBB"))
