"""Refresh tokens: each works once, and a second use ends the family."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import jwt
import pytest
from django.db import connection
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import EndReason, Session, User
from accounts.services.signing_keys import retire_signing_key, rotate_signing_keys
from tests.accounts.forgery import claims_of, forge
from tests.support.clients import bearer_client, sign_in
from tests.support.factories import user_factory
from tests.support.trail import trail

pytestmark = pytest.mark.django_db

CONTENDERS = 4


def refresh(token: str) -> Any:
    return APIClient().post("/api/v1/auth/refresh", {"refresh": token}, format="json")


def profile_status(access: str) -> int:
    return int(bearer_client(access).get("/api/v1/users/profile").status_code)


def test_a_refresh_token_buys_the_next_pair() -> None:
    first = sign_in(user_factory().email)
    response = refresh(first["refresh"])
    second = response.json()
    assert response.status_code == 200
    assert set(second) == {"access", "refresh", "token_type", "expires_in"}
    assert second["refresh"] != first["refresh"]
    assert profile_status(second["access"]) == 200
    assert refresh(second["refresh"]).status_code == 200


@pytest.mark.parametrize("header", ["Bearer stale.access.token", "Basic dXNlcjpwYXNz"])
def test_a_stale_access_token_in_the_header_does_not_hinder_a_refresh(header: str) -> None:
    body = {"refresh": sign_in(user_factory().email)["refresh"]}
    response = APIClient().post("/api/v1/auth/refresh", body, format="json", headers={"Authorization": header})
    assert response.status_code == 200


def test_the_pair_stays_in_its_session_and_keeps_the_time_of_sign_in() -> None:
    first = sign_in(user_factory().email)
    before = jwt.decode(first["access"], options={"verify_signature": False})
    after = jwt.decode(refresh(first["refresh"]).json()["access"], options={"verify_signature": False})
    assert (after["sid"], after["auth_time"]) == (before["sid"], before["auth_time"])
    assert Session.objects.get().refresh_count == 1


def test_a_spent_refresh_token_ends_the_session() -> None:
    first = sign_in(user_factory().email)
    second = refresh(first["refresh"]).json()
    replayed = refresh(first["refresh"])
    assert (replayed.status_code, replayed.json()["code"]) == (401, "refresh_reused")
    assert profile_status(first["access"]) == profile_status(second["access"]) == 401
    assert refresh(second["refresh"]).json()["code"] == "session_revoked"
    assert Session.objects.get(id=first["session_id"]).revoked_reason == EndReason.REFRESH_REUSED
    event = trail().get(name="session.refresh_reused")
    assert event.resource_id == UUID(first["session_id"])


def test_a_spent_refresh_token_ends_no_other_session() -> None:
    user = user_factory()
    first, other = sign_in(user.email), sign_in(user.email)
    refresh(first["refresh"])
    refresh(first["refresh"])
    assert profile_status(other["access"]) == 200


@pytest.mark.django_db(transaction=True)
def test_of_concurrent_refreshes_with_one_token_exactly_one_wins() -> None:
    token = sign_in(user_factory().email)["refresh"]
    start = Barrier(CONTENDERS)

    def contend(_: int) -> str:
        start.wait()
        try:
            response = refresh(token)
            return str(response.json().get("code", response.status_code))
        finally:
            connection.close()

    with ThreadPoolExecutor(CONTENDERS) as pool:
        outcomes = sorted(pool.map(contend, range(CONTENDERS)))
    assert outcomes == ["200"] + ["refresh_reused"] * (CONTENDERS - 1)
    assert Session.objects.get().revoked_reason == EndReason.REFRESH_REUSED


def test_an_access_token_does_not_refresh() -> None:
    response = refresh(sign_in(user_factory().email)["access"])
    assert (response.status_code, response.json()["code"]) == (401, "token_invalid")


@pytest.mark.parametrize("token", ["x", "a.b.c", "[" * 4000], ids=["short", "dotted", "brackets"])
def test_nonsense_does_not_refresh(token: str) -> None:
    assert refresh(token).json()["code"] == "token_invalid"


def test_an_ended_session_does_not_refresh() -> None:
    tokens = sign_in(user_factory().email)
    bearer_client(tokens["access"]).post("/api/v1/auth/logout")
    assert refresh(tokens["refresh"]).json()["code"] == "session_revoked"


def test_an_idle_session_does_not_refresh() -> None:
    tokens = sign_in(user_factory().email)
    Session.objects.update(idle_expires_at=timezone.now())
    assert refresh(tokens["refresh"]).json()["code"] == "session_revoked"


def test_an_expired_refresh_token_does_not_refresh() -> None:
    sign_in(user_factory().email)
    session = Session.objects.get()
    token = forge(claims_of(session, token_type="refresh", jti=str(session.refresh_id), exp=1, iat=0, nbf=0))
    assert refresh(token).json()["code"] == "token_expired"


def test_a_closed_account_does_not_refresh() -> None:
    tokens = sign_in(user_factory().email)
    User.objects.update(status="suspended")
    assert refresh(tokens["refresh"]).json()["code"] == "account_unavailable"


def test_no_token_outlives_its_session() -> None:
    tokens = sign_in(user_factory().email)
    deadline = timezone.now() + timedelta(seconds=90)
    Session.objects.update(expires_at=deadline, idle_expires_at=deadline)
    pair = refresh(tokens["refresh"]).json()
    for name in ("access", "refresh"):
        assert jwt.decode(pair[name], options={"verify_signature": False})["exp"] <= deadline.timestamp()
    assert pair["expires_in"] <= 90


def test_a_refresh_token_survives_a_rotation_but_not_a_retirement() -> None:
    tokens = sign_in(user_factory().email)
    retired = rotate_signing_keys(is_forced=True).retired
    pair = refresh(tokens["refresh"]).json()
    assert jwt.get_unverified_header(pair["access"])["kid"] != retired
    retire_signing_key(jwt.get_unverified_header(pair["refresh"])["kid"])
    assert refresh(pair["refresh"]).json()["code"] == "token_invalid"
