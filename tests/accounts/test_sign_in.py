"""Login: what it opens, and what it never tells."""

import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from accounts.models import AccountStatus, Session, User
from tests.support.clients import bearer_client, sign_in
from tests.support.factories import PASSWORD, user_factory
from tests.support.trail import trail
from velro.audit.models import Outcome
from velro.settings.environment import Deployment

pytestmark = pytest.mark.django_db

LOGIN = "/api/v1/auth/login"


def log_in(email: str, password: str = PASSWORD) -> Any:
    return APIClient().post(LOGIN, {"email": email, "password": password}, format="json")


def without_request_id(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "request_id"}


def spy_on(method: str, calls: list[str]) -> Callable[..., Any]:
    original = getattr(Argon2PasswordHasher, method)

    def spied(*arguments: Any) -> Any:
        calls.append(method)
        return original(*arguments)

    return spied


def test_login_opens_a_session() -> None:
    user = user_factory()
    response = APIClient().post(
        LOGIN, {"email": user.email, "password": PASSWORD}, format="json", headers={"User-Agent": "Test/1.0"}
    )
    body = response.json()
    assert response.status_code == 200
    assert set(body) == {"access", "refresh", "token_type", "expires_in", "session_id", "user"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 600)
    assert body["user"] == {"id": str(user.id), "email": user.email, "display_name": user.display_name}
    session = Session.objects.get(id=body["session_id"])
    assert (session.user_id, session.address, session.user_agent) == (user.id, "127.0.0.1", "Test/1.0")


def test_the_access_token_says_who_by_what_and_until_when() -> None:
    user = user_factory()
    body = sign_in(user.email)
    claims = jwt.decode(body["access"], options={"verify_signature": False})
    assert claims["sub"] == str(user.id)
    assert claims["sid"] == body["session_id"]
    assert (claims["iss"], claims["aud"], claims["token_type"], claims["amr"]) == (
        "velro",
        "velro-api",
        "access",
        ["pwd"],
    )
    assert claims["exp"] - claims["iat"] == 600
    assert claims["nbf"] == claims["iat"]
    assert claims["auth_time"] <= claims["iat"]
    header = jwt.get_unverified_header(body["access"])
    assert (header["alg"], header["typ"]) == ("RS256", "at+jwt")


def test_the_address_is_found_in_any_capitalisation() -> None:
    user = user_factory()
    assert sign_in(f" {user.email.upper()} ")["user"]["id"] == str(user.id)


def test_an_unknown_address_and_a_wrong_password_look_the_same() -> None:
    known = log_in(user_factory().email, "not the right password")
    unknown = log_in("nobody@velro.test", "not the right password")
    assert known.status_code == unknown.status_code == 401
    assert known.json()["code"] == "invalid_credentials"
    assert without_request_id(known.json()) == without_request_id(unknown.json())
    assert set(known.headers) == set(unknown.headers)


def test_an_unknown_address_costs_the_same_hashing_and_statements(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    email = user_factory().email
    hashed: list[str] = []
    for method in ("encode", "verify"):
        monkeypatch.setattr(Argon2PasswordHasher, method, spy_on(method, hashed))
    with django_assert_num_queries(2):
        log_in(email, "not the right password")
    with django_assert_num_queries(2):
        log_in("nobody@velro.test", "not the right password")
    assert hashed == ["verify", "encode"]


@pytest.mark.parametrize("change", [{"password": "argon2$replaced"}, {"status": AccountStatus.SUSPENDED}], ids=str)
def test_what_changes_while_the_password_is_compared_leaves_no_session(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, str]
) -> None:
    user = user_factory()
    verify = Argon2PasswordHasher.verify

    def verify_slowly(*arguments: Any) -> bool:
        User.objects.filter(id=user.id).update(**change)
        return verify(*arguments)

    monkeypatch.setattr(Argon2PasswordHasher, "verify", verify_slowly)
    assert log_in(user.email).json()["code"] == "invalid_credentials"
    assert not Session.objects.exists()


@pytest.mark.parametrize("status", [AccountStatus.SUSPENDED, AccountStatus.DEACTIVATED])
def test_only_who_knows_the_password_learns_that_the_account_is_closed(status: AccountStatus) -> None:
    user = user_factory(status=status)
    assert log_in(user.email, "not the right password").json()["code"] == "invalid_credentials"
    assert log_in(user.email).json()["code"] == "account_unavailable"
    assert not Session.objects.exists()


def test_an_unverified_address_signs_in_only_where_nobody_works(settings: Settings) -> None:
    user = user_factory(email_verified_at=None)
    assert log_in(user.email).status_code == 200
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"velro_env": Deployment.PRODUCTION})
    assert log_in(user.email).json()["code"] == "account_unavailable"
    assert log_in(user.email, "not the right password").json()["code"] == "invalid_credentials"


def test_the_same_password_typed_on_another_keyboard_opens() -> None:
    user = user_factory()
    user.set_password("Caf\u00e9 \u212b ngstr\u00f6m lamp")
    user.save()
    assert log_in(user.email, "Cafe\u0301 \u00c5 ngstro\u0308m lamp").status_code == 200


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"email": "a@velro.test"}, "/password"),
        ({"email": "a@velro.test", "password": "p" * 1025}, "/password"),
        ({"email": "a@velro.test", "password": "p\u0000"}, "/password"),
        ({"email": ["a@velro.test"], "password": PASSWORD}, "/email"),
        ({"email": "a@velro.test", "password": PASSWORD, "remember": True}, "/remember"),
    ],
)
def test_bad_input_is_named(body: dict[str, Any], pointer: str) -> None:
    response = APIClient().post(LOGIN, json.dumps(body), content_type="application/json")
    assert response.status_code == 400
    assert [fault["pointer"] for fault in response.json()["errors"]] == [pointer]


def test_hostile_device_names_are_stored_harmless() -> None:
    user = user_factory()
    body = sign_in(user.email, **{"User-Agent": "\x1b[31m<script>" + "a" * 1000})
    stored = Session.objects.get(id=body["session_id"]).user_agent
    assert stored.startswith("[31m<script>")
    assert len(stored) == 300


def test_success_and_failure_leave_a_record_without_the_address() -> None:
    user = user_factory()
    sign_in(user.email)
    log_in(user.email, "not the right password")
    started, refused = trail().filter(name__startswith="session.").order_by("name")[::-1]
    assert (started.name, started.outcome, started.actor_id) == ("session.started", Outcome.SUCCEEDED, user.id)
    assert (refused.outcome, refused.reason, refused.resource_id) == (Outcome.DENIED, "wrong_password", user.id)
    assert started.details == refused.details == {"door": "api"}
    assert user.email not in f"{started.details}{refused.details}{started.reason}{refused.reason}"


def test_a_signed_in_person_reads_their_profile() -> None:
    user = user_factory()
    response = bearer_client(sign_in(user.email)["access"]).get("/api/v1/users/profile")
    assert response.json()["email"] == user.email
