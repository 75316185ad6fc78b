"""Where people are signed in, and how that ends."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import EndReason, Session
from tests.support.clients import api_client_for, bearer_client, sign_in
from tests.support.factories import user_factory
from tests.support.trail import trail

pytestmark = pytest.mark.django_db

SESSIONS = "/api/v1/users/sessions"


def test_logout_kills_the_access_token_at_once() -> None:
    tokens = sign_in(user_factory().email)
    client = bearer_client(tokens["access"])
    answer = client.post("/api/v1/auth/logout")
    assert (answer.status_code, answer["Clear-Site-Data"]) == (204, '"cache", "cookies", "storage"')
    refused = client.get("/api/v1/users/profile")
    assert (refused.status_code, refused.json()["code"]) == (401, "session_revoked")
    assert client.post("/api/v1/auth/logout").status_code == 401
    session = Session.objects.get(id=tokens["session_id"])
    assert session.revoked_reason == EndReason.SIGNED_OUT
    event = trail().get(name="session.ended")
    assert (event.actor_id, event.session_id, event.reason) == (session.user_id, session.id, "signed_out")


def test_people_see_their_live_sessions_newest_first() -> None:
    user = user_factory()
    first, ended, current = (sign_in(user.email, **{"User-Agent": name}) for name in ("First/1", "Ended/1", "Now/1"))
    sign_in(user_factory().email)
    bearer_client(ended["access"]).post("/api/v1/auth/logout")
    body = bearer_client(current["access"]).get(SESSIONS).json()
    assert set(body) == {"results", "next", "previous"}
    assert [row["id"] for row in body["results"]] == [current["session_id"], first["session_id"]]
    assert [row["current"] for row in body["results"]] == [True, False]
    newest = body["results"][0]
    assert set(newest) == {"id", "created_at", "last_seen_at", "address", "country", "user_agent", "current"}
    assert (newest["address"], newest["country"], newest["user_agent"]) == ("127.0.0.1", None, "Now/1")


@pytest.mark.parametrize("deadline", ["expires_at", "idle_expires_at"])
def test_sessions_past_a_deadline_are_not_listed(deadline: str) -> None:
    user = user_factory()
    old, client = sign_in(user.email), api_client_for(user)
    past = timezone.now() - timedelta(days=1)
    Session.objects.filter(id=old["session_id"]).update(
        **{"created_at": past - timedelta(days=1), "idle_expires_at": past, deadline: past}
    )
    assert old["session_id"] not in [row["id"] for row in client.get(SESSIONS).json()["results"]]


def test_sessions_are_paged() -> None:
    user = user_factory()
    client = api_client_for(user)
    sign_in(user.email)
    first = client.get(SESSIONS, {"limit": 1}).json()
    second = client.get(first["next"]).json()
    assert first["results"][0]["id"] != second["results"][0]["id"]
    assert second["next"] is None
    refused = client.get(SESSIONS, {"limit": 101})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "?limit")


def test_one_session_can_be_ended_from_another() -> None:
    user = user_factory()
    stolen, client = sign_in(user.email), api_client_for(user)
    assert client.delete(f"{SESSIONS}/{stolen['session_id']}").status_code == 204
    assert bearer_client(stolen["access"]).get("/api/v1/users/profile").json()["code"] == "session_revoked"
    assert client.get("/api/v1/users/profile").status_code == 200


def test_sessions_of_others_unknown_and_ended_ones_look_absent() -> None:
    user, other = user_factory(), user_factory()
    client, foreign, ended = api_client_for(user), sign_in(other.email), sign_in(user.email)
    client.delete(f"{SESSIONS}/{ended['session_id']}")
    answers = [client.delete(f"{SESSIONS}/{name}") for name in (foreign["session_id"], uuid4(), ended["session_id"])]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert len({(answer.json()["code"], answer.json()["detail"]) for answer in answers}) == 1
    assert bearer_client(foreign["access"]).get("/api/v1/users/profile").status_code == 200


@pytest.mark.parametrize(
    "name", ["1", "not-an-id", "00000000-0000-0000-0000-000000000000", "29C46455-83A1-4E45-8FE1-6701422A3EB5"]
)
def test_ids_in_another_form_are_absent(name: str) -> None:
    assert api_client_for(user_factory()).delete(f"{SESSIONS}/{name}").status_code == 404


def test_all_other_sessions_can_be_ended() -> None:
    user = user_factory()
    others, client = [sign_in(user.email), sign_in(user.email)], api_client_for(user)
    stranger = api_client_for(user_factory())
    assert client.delete(SESSIONS).status_code == 204
    assert [bearer_client(one["access"]).get(SESSIONS).status_code for one in others] == [401, 401]
    assert client.get(SESSIONS).status_code == stranger.get(SESSIONS).status_code == 200


def test_last_seen_is_written_once_a_minute(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    client = api_client_for(user_factory())
    with django_assert_num_queries(2):
        client.get("/api/v1/users/profile")
    past = timezone.now() - timedelta(seconds=61)
    Session.objects.update(last_seen_at=past)
    with django_assert_num_queries(3):
        client.get("/api/v1/users/profile")
    assert Session.objects.get().last_seen_at > past + timedelta(seconds=60)


@pytest.mark.parametrize("path", [SESSIONS, "/api/v1/users/profile"])
def test_nobody_reads_without_signing_in(path: str) -> None:
    refused = APIClient().get(path), bearer_client("not.a.token").get(path)
    assert [answer.json()["code"] for answer in refused] == ["authentication_required", "token_invalid"]


@pytest.mark.parametrize(
    "change",
    [
        {"revoked_at": timezone.now()},
        {"revoked_reason": "signed_out"},
        {"revoked_at": timezone.now(), "revoked_reason": "on a whim"},
        {"expires_at": timezone.now() - timedelta(days=1)},
    ],
    ids=["no reason", "no time", "unknown reason", "ends before it starts"],
)
def test_the_database_refuses_an_inconsistent_session(change: dict[str, Any]) -> None:
    sign_in(user_factory().email)
    with pytest.raises(IntegrityError), transaction.atomic():
        Session.objects.update(**change)
