"""Signing in to the admin and out of it: who is let in, and what the trail keeps."""

from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts.models import AccountStatus, User
from tests.support.factories import PASSWORD, user_factory
from tests.support.trail import trail
from velro.audit.models import AuditEvent, Outcome
from velro.settings.environment import Deployment

pytestmark = pytest.mark.django_db

INDEX, LOGIN, LOGOUT = (reverse(f"admin:{name}") for name in ("index", "login", "logout"))
UNKNOWN = "nobody@velro.test"
WRONG_PASSWORD = "not the right password"
REFUSAL = "Please enter the correct e-mail address and password for a staff account."


def operator(**attributes: Any) -> User:
    return user_factory(is_staff=True, is_superuser=True, **attributes)


def knock(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post(LOGIN, {"username": email, "password": password})


def require_refusal(email: str, password: str, *, reason: str) -> AuditEvent:
    client = Client()
    response = knock(client, email, password)
    assert response.status_code == 200
    assert REFUSAL in response.content.decode()
    assert client.get(INDEX).status_code == 302
    event = trail().get(name__startswith="session.")
    assert (event.name, event.outcome, event.reason) == ("session.refused", Outcome.DENIED, reason)
    assert (event.actor_id, event.details, event.client_address) == (None, {"door": "admin"}, "127.0.0.1")
    return event


def test_an_operator_comes_in_and_leaves_a_record() -> None:
    user, client = operator(), Client()
    assert knock(client, f" {user.email.upper()} ").status_code == 302
    assert client.get(INDEX).status_code == 200
    event = trail().get(name__startswith="session.")
    assert (event.name, event.outcome, event.actor_id) == ("session.started", Outcome.SUCCEEDED, user.id)
    assert (event.details, event.client_address) == ({"door": "admin"}, "127.0.0.1")
    assert user.email not in str(vars(event))


def test_an_unknown_address_is_refused_and_not_written_down() -> None:
    event = require_refusal(UNKNOWN, PASSWORD, reason="unknown_address")
    assert UNKNOWN not in str(vars(event))


@pytest.mark.parametrize(
    ("attributes", "password", "reason"),
    [
        ({}, WRONG_PASSWORD, "wrong_password"),
        ({"status": AccountStatus.SUSPENDED}, PASSWORD, "account_not_active"),
        ({"status": AccountStatus.DEACTIVATED}, PASSWORD, "account_not_active"),
        ({"status": AccountStatus.SUSPENDED}, WRONG_PASSWORD, "wrong_password"),
        ({"is_staff": False}, PASSWORD, "not_an_operator"),
    ],
    ids=str,
)
def test_a_refusal_says_the_same_to_all_and_names_the_account_in_the_trail(
    attributes: dict[str, Any], password: str, reason: str
) -> None:
    user = user_factory(**{"is_staff": True} | attributes)
    assert require_refusal(user.email, password, reason=reason).resource_id == user.id


def test_an_operator_with_an_unverified_address_is_refused_where_people_work(settings: Settings) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"velro_env": Deployment.PRODUCTION})
    require_refusal(operator(email_verified_at=None).email, PASSWORD, reason="email_not_verified")


def test_an_unknown_address_costs_the_same_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    email, hashed = operator().email, []
    for method in ("encode", "verify"):
        original = getattr(Argon2PasswordHasher, method)

        def spied(*arguments: Any, original: Any = original) -> Any:
            hashed.append(original.__name__)
            return original(*arguments)

        monkeypatch.setattr(Argon2PasswordHasher, method, spied)
    knock(Client(), email, WRONG_PASSWORD)
    knock(Client(), UNKNOWN, WRONG_PASSWORD)
    assert hashed == ["verify", "encode"]


@pytest.mark.parametrize("missing", ["username", "password"])
def test_a_form_without_both_fields_is_no_attempt(missing: str) -> None:
    form = {"username": operator().email, "password": PASSWORD} | {missing: ""}
    assert Client().post(LOGIN, form).status_code == 200
    assert not trail().exists()


def test_leaving_is_recorded_once_and_only_when_it_happens() -> None:
    user, client = operator(), Client()
    knock(client, user.email)
    assert client.get(LOGOUT).status_code == 405
    assert client.get(INDEX).status_code == 200
    assert client.post(LOGOUT).status_code == 200
    assert client.post(LOGOUT).status_code == 302
    event = trail().get(name="session.ended")
    assert (event.outcome, event.reason, event.actor_id) == (Outcome.SUCCEEDED, "signed_out", user.id)
    assert event.details == {"door": "admin"}
    assert client.get(INDEX).status_code == 302
