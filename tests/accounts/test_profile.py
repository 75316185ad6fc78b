"""The caller's own account: profile and password."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import EndReason, Session, User
from tests.support.clients import api_client_for, bearer_client, sign_in
from tests.support.factories import PASSWORD, user_factory
from tests.support.trail import trail

pytestmark = pytest.mark.django_db

PROFILE = "/api/v1/users/profile"
NEW_PASSWORD = "quite another password"


def change_password(client: APIClient, **changes: Any) -> Any:
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD} | changes
    return client.post("/api/v1/auth/password/change", body, format="json")


def test_the_profile_shows_the_caller() -> None:
    user = user_factory(display_name="Ada")
    body = api_client_for(user).get(PROFILE).json()
    assert set(body) == {"id", "email", "display_name", "created_at", "mfa_enabled"}
    assert (body["id"], body["email"], body["display_name"]) == (str(user.id), user.email, "Ada")
    assert body["mfa_enabled"] is False
    assert body["created_at"].endswith("Z")


@pytest.mark.parametrize("method", ["put", "patch"])
def test_a_person_renames_themselves(method: str) -> None:
    user = user_factory()
    client = api_client_for(user)
    response = getattr(client, method)(
        PROFILE, {"display_name": "  \u00c5sa \U0001f469\u200d\U0001f52c  "}, format="json"
    )
    assert (response.status_code, response.json()["display_name"]) == (200, "\u00c5sa \U0001f469\u200d\U0001f52c")
    assert client.get(PROFILE).json() == response.json()
    assert trail().get(name="account.profile_changed").actor_id == user.id


def test_a_change_based_on_an_old_version_is_refused() -> None:
    client = api_client_for(user_factory())
    seen = client.get(PROFILE).headers["ETag"]
    changed = client.patch(PROFILE, {"display_name": "First"}, format="json", headers={"If-Match": seen})
    late = client.patch(PROFILE, {"display_name": "Second"}, format="json", headers={"If-Match": seen})
    assert (changed.status_code, late.status_code, late.json()["code"]) == (200, 412, "precondition_failed")
    assert client.get(PROFILE).headers["ETag"] == changed.headers["ETag"] != seen


def test_put_needs_everything_and_patch_nothing() -> None:
    client = api_client_for(user_factory())
    assert client.put(PROFILE, {}, format="json").json()["errors"][0]["pointer"] == "/display_name"
    assert client.patch(PROFILE, {}, format="json").json()["display_name"] == "Test Person"


@pytest.mark.parametrize("field", ["email", "id", "is_staff", "is_superuser", "status", "password", "mfa_enabled"])
def test_nothing_else_can_be_written(field: str) -> None:
    user = user_factory()
    response = api_client_for(user).patch(PROFILE, {field: "anything"}, format="json")
    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, "unknown_field")
    assert User.objects.filter(id=user.id, email=user.email, is_staff=False, is_superuser=False).exists()


def test_a_new_password_ends_all_other_sessions() -> None:
    user = user_factory()
    other, client = sign_in(user.email), api_client_for(user)
    assert change_password(client).status_code == 204
    assert bearer_client(other["access"]).get(PROFILE).json()["code"] == "session_revoked"
    assert Session.objects.get(id=other["session_id"]).revoked_reason == EndReason.PASSWORD_CHANGED
    assert client.get(PROFILE).status_code == 200
    assert sign_in(user.email, NEW_PASSWORD)["user"]["id"] == str(user.id)
    refused = APIClient().post("/api/v1/auth/login", {"email": user.email, "password": PASSWORD}, format="json")
    assert refused.json()["code"] == "invalid_credentials"


def test_a_new_password_needs_the_old_one() -> None:
    user = user_factory()
    other, client = sign_in(user.email), api_client_for(user)
    response = change_password(client, current_password="a wrong long password")
    assert (response.status_code, response.json()["code"]) == (401, "invalid_credentials")
    assert bearer_client(other["access"]).get(PROFILE).status_code == 200
    assert trail().filter(name="password.change_refused", actor_id=user.id).exists()


def test_a_weak_new_password_is_named_and_changes_nothing() -> None:
    user = user_factory()
    response = change_password(api_client_for(user), new_password="too short")
    assert response.json()["errors"][0]["pointer"] == "/new_password"
    assert sign_in(user.email)["user"]["id"] == str(user.id)
