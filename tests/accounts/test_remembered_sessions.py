"""A token that was believed is believed from memory, and not for a moment longer than it would be without."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Session, SigningKey, User
from authorization.freshness.confirmation import wait_until_heard
from authorization.freshness.listener import Listener
from tests.authorization.freshness.conftest import _listening as _listening
from tests.authorization.freshness.conftest import listener as listener
from tests.support.clients import bearer_client, sign_in
from tests.support.factories import user_factory
from velro.database_clock import database_now

PROFILE: Final = "/api/v1/users/profile"
ENDS: Final[dict[str, Callable[[User], object]]] = {
    "signed out elsewhere": lambda it: Session.objects.filter(user=it).update(
        revoked_at=timezone.now(), revoked_reason="signed_out"
    ),
    "suspended": lambda it: User.objects.filter(id=it.id).update(status="suspended"),
    "the key is retired": lambda _: SigningKey.objects.update(
        state="retired", retired_at=database_now(), verifies_until=database_now(), private_key=""
    ),
    "deleted": lambda it: Session.objects.filter(user=it).delete(),
    "past its deadline": lambda it: Session.objects.filter(user=it).update(
        created_at=database_now() - timedelta(days=2),
        idle_expires_at=database_now() - timedelta(seconds=1),
        expires_at=database_now(),
    ),
}


@pytest.fixture
def visitor(listener: Listener) -> tuple[User, APIClient]:
    """Somebody whose token this process has believed."""
    user = user_factory()
    client = bearer_client(sign_in(user.email)["access"])
    wait_until_heard(listener)
    while asks_about_session(client):
        pass
    return user, client


def asks_about_session(client: APIClient) -> bool:
    """Whether a request asks the database who it is from."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(PROFILE).status_code == 200
    return any("accounts_signingkey" in query["sql"] for query in queries)


def test_nothing_is_asked_again(visitor: tuple[User, APIClient]) -> None:
    _, client = visitor
    assert not asks_about_session(client)


@pytest.mark.parametrize("name", ENDS)
def test_it_ends_at_once(visitor: tuple[User, APIClient], listener: Listener, name: str) -> None:
    user, client = visitor
    ENDS[name](user)
    wait_until_heard(listener)
    assert client.get(PROFILE).status_code == 401


def test_signing_out_is_answered_when_it_is_true(visitor: tuple[User, APIClient]) -> None:
    _, client = visitor
    assert client.post("/api/v1/auth/logout").status_code == 204
    assert client.get(PROFILE).status_code == 401


def test_it_ends_at_its_deadline(visitor: tuple[User, APIClient], listener: Listener) -> None:
    user, client = visitor
    ends_at = database_now() + timedelta(milliseconds=400)
    Session.objects.filter(user=user).update(idle_expires_at=ends_at, expires_at=ends_at)
    wait_until_heard(listener)
    statuses: list[tuple[Any, int, Any]] = []
    while not statuses or statuses[-1][0] < ends_at:
        statuses.append((database_now(), client.get(PROFILE).status_code, database_now()))
    assert {status for _, status, after in statuses if after < ends_at} == {200}
    assert {status for before, status, _ in statuses if before >= ends_at} == {401}


def test_another_device_is_noticed_from_memory_too(visitor: tuple[User, APIClient], listener: Listener) -> None:
    user, client = visitor
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1"
    assert client.get(PROFILE, headers={"User-Agent": agent}).status_code == 200
    assert Session.objects.get(user=user).context_changed_at is not None
    wait_until_heard(listener)
    assert client.get(PROFILE, headers={"User-Agent": agent}).status_code == 200


def test_a_token_that_is_not_believed_is_examined_each_time(visitor: tuple[User, APIClient]) -> None:
    user, client = visitor
    token = sign_in(user.email)["access"]
    ending = "AAAA" if not token.endswith("AAAA") else "BBBB"
    assert [bearer_client(token[:-4] + ending).get(PROFILE).status_code for _ in range(3)] == [401] * 3
    assert client.get(PROFILE).status_code == 200
