"""Registration and the proof of an address."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings
from rest_framework.test import APIClient

from accounts.models import User
from accounts.services.registration import verification_token
from tests.support.clients import bearer_client, sign_in
from tests.support.factories import PASSWORD, user_factory
from tests.support.trail import trail
from velro.background.models import OutboxMessage
from velro.background.outbox import run_message
from velro.settings.environment import Deployment

pytestmark = pytest.mark.django_db

EMAIL = "new.person@velro.test"
OTHER = {"password": "another long password", "display_name": "Somebody Else"}


def register(**changes: Any) -> Any:
    body = {"email": EMAIL, "password": PASSWORD, "display_name": "New Person"} | changes
    return APIClient().post("/api/v1/auth/register", body, format="json")


def log_in(email: str, password: str) -> Any:
    return APIClient().post("/api/v1/auth/login", {"email": email, "password": password}, format="json")


def verify(token: str) -> Any:
    return APIClient().post("/api/v1/auth/email/verify", {"token": token}, format="json")


def deliver() -> mail.EmailMessage:
    """Run the promised letter as the worker would."""
    run_message(OutboxMessage.objects.get(topic="accounts.welcome").id)
    return mail.outbox[-1]


def token_in(letter: mail.EmailMessage) -> str:
    found = re.search(r"^\S+:\S+:\S+$", str(letter.body), re.MULTILINE)
    assert found
    return found[0]


@pytest.fixture
def production(settings: Settings) -> None:
    """Where an unverified address may not sign in."""
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"velro_env": Deployment.PRODUCTION})


def test_a_registered_person_signs_in() -> None:
    assert register(email="New.Person@Velro.TEST").status_code == 202
    user = User.objects.get(email=EMAIL)
    assert (user.display_name, user.is_email_verified, user.is_staff) == ("New Person", False, False)
    assert user.password.startswith("argon2$argon2id$")
    assert sign_in(EMAIL)["user"]["id"] == str(user.id)


def test_a_known_address_gets_the_same_answer() -> None:
    new, unverified = register(), register(**OTHER)
    User.objects.update(email_verified_at=timezone.now())
    verified = register()
    for answer in (unverified, verified):
        assert (answer.status_code, answer.json()) == (new.status_code, new.json())
        assert set(answer.headers) == set(new.headers)


def test_a_verified_account_keeps_its_password_name_and_sessions() -> None:
    user = user_factory(email=EMAIL)
    tokens = sign_in(EMAIL)
    register(**OTHER)
    assert bearer_client(tokens["access"]).get("/api/v1/users/profile").json()["display_name"] == user.display_name
    assert sign_in(EMAIL)["user"]["id"] == str(user.id)


def test_who_registers_an_unverified_address_again_takes_it_over_whole() -> None:
    register()
    tokens = sign_in(EMAIL)
    register(**OTHER)
    refused = bearer_client(tokens["access"]).get("/api/v1/users/profile")
    assert refused.json()["code"] == "session_revoked"
    assert log_in(EMAIL, PASSWORD).json()["code"] == "invalid_credentials"
    assert sign_in(EMAIL, OTHER["password"])["user"]["display_name"] == OTHER["display_name"]


@pytest.mark.usefixtures("production")
def test_an_address_that_a_stranger_registered_first_opens_for_its_owner_alone() -> None:
    register(password="the password of a stranger")
    early_letter = deliver()
    register()
    assert verify(token_in(early_letter)).status_code == 400
    assert verify(token_in(deliver())).status_code == 204
    assert log_in(EMAIL, "the password of a stranger").json()["code"] == "invalid_credentials"
    assert sign_in(EMAIL)["user"]["display_name"] == "New Person"


@pytest.mark.usefixtures("production")
def test_a_stranger_who_registers_later_is_not_confirmed_by_the_letter_of_the_owner() -> None:
    register()
    letter = deliver()
    register(password="the password of a stranger")
    assert verify(token_in(letter)).status_code == 400
    assert log_in(EMAIL, "the password of a stranger").json()["code"] == "account_unavailable"


def test_a_letter_tells_when_the_password_that_it_confirms_was_chosen() -> None:
    register()
    User.objects.update(updated_at=datetime(2031, 5, 4, 13, 2, tzinfo=UTC))
    assert "the password that was chosen at 13:02 UTC on 04 May 2031" in str(deliver().body)


def test_a_known_address_costs_the_same_work(monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = []
    original = Argon2PasswordHasher.encode

    def counted(*arguments: Any) -> str:
        hashed.append(arguments)
        return str(original(*arguments))

    monkeypatch.setattr(Argon2PasswordHasher, "encode", counted)
    statements = []
    for is_verified in (False, False, True):
        User.objects.filter(email=EMAIL).update(email_verified_at=timezone.now() if is_verified else None)
        with CaptureQueriesContext(connection) as captured:
            register()
        statements.append([query["sql"].split()[0] for query in captured.captured_queries])
        OutboxMessage.objects.all().delete()
    assert statements[0] == statements[1] == statements[2]
    assert len(hashed) == 3


@pytest.mark.parametrize(
    ("change", "pointer", "code"),
    [
        ({"password": "fourteen chars"}, "/password", "password_too_short"),
        ({"password": "1q2w3e4r5t6y7u8i9o0p"}, "/password", "password_too_common"),
        ({"password": "new.person@velro.test"}, "/password", "password_too_similar"),
        ({"password": "\u00e9" * 513}, "/password", "too_long"),
        ({"email": "no-address"}, "/email", "invalid"),
        ({"email": "a" * 250 + "@velro.test"}, "/email", "max_length"),
        ({"email": None}, "/email", "null"),
        ({"display_name": ""}, "/display_name", "blank"),
        ({"display_name": "x" * 101}, "/display_name", "max_length"),
        ({"display_name": "Subject\r\nBcc: all@velro.test"}, "/display_name", "not_one_line"),
        ({"is_staff": True}, "/is_staff", "unknown_field"),
        ({"status": "active"}, "/status", "unknown_field"),
    ],
    ids=str,
)
def test_bad_input_is_named(change: dict[str, Any], pointer: str, code: str) -> None:
    response = register(**change)
    assert response.status_code == 400
    assert (pointer, code) in [(fault["pointer"], fault["code"]) for fault in response.json()["errors"]]
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "password", ["correct horse battery staple", "\u65e5\u672c\u8a9e" * 5, "x y " * 256, " spaces around it "]
)
def test_long_unicode_and_spaced_passwords_need_no_composition(password: str) -> None:
    assert register(password=password).status_code == 202
    assert sign_in(EMAIL, password)["user"]["email"] == EMAIL


@pytest.mark.usefixtures("production")
def test_the_letter_brings_a_token_that_verifies_once() -> None:
    register()
    letter = deliver()
    assert letter.to == [EMAIL]
    token = token_in(letter)
    assert verify(token).status_code == 204
    assert verify(token).json()["errors"] == [
        {"pointer": "/token", "code": "invalid_token", "message": "This token is wrong, used or too old."}
    ]
    assert sign_in(EMAIL)["user"]["email"] == EMAIL
    assert not OutboxMessage.objects.exists()


def test_registering_again_sends_a_lost_letter_again() -> None:
    register()
    deliver()
    register()
    assert verify(token_in(deliver())).status_code == 204


def test_the_owner_of_a_verified_address_is_told_and_gets_no_token() -> None:
    user_factory(email=EMAIL)
    register()
    letter = deliver()
    assert (letter.to, letter.subject) == ([EMAIL], "You have a Velro account already")
    assert not re.search(r"^\S+:\S+:\S+$", str(letter.body), re.MULTILINE)


@pytest.mark.parametrize("spoil", [lambda token: token[:-1], lambda token: "x" + token, lambda _: "nonsense"])
def test_an_altered_token_verifies_nothing(spoil: Any) -> None:
    user = user_factory(email_verified_at=None)
    assert verify(spoil(verification_token(user))).status_code == 400


def test_a_token_for_another_purpose_or_address_verifies_nothing() -> None:
    user = user_factory(email_verified_at=None)
    token = verification_token(user)
    User.objects.filter(id=user.id).update(email="moved@velro.test")
    assert verify(token).status_code == 400
    assert verify(sign_in("moved@velro.test")["access"]).status_code == 400


def test_an_old_token_verifies_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    user = user_factory(email_verified_at=None)
    four_days_ago = (timezone.now() - timedelta(days=4)).timestamp()
    with monkeypatch.context() as past:
        past.setattr("django.core.signing.time.time", lambda: four_days_ago)
        token = verification_token(user)
    assert verify(token).status_code == 400


def test_the_trail_knows_more_than_the_caller_but_not_the_address() -> None:
    register()
    register()
    User.objects.update(email_verified_at=timezone.now())
    register()
    events = trail().filter(name="account.registered").order_by("at")
    assert [(event.outcome, event.reason) for event in events] == [
        ("succeeded", ""),
        ("succeeded", "unverified_replaced"),
        ("denied", "address_taken"),
    ]
    assert not any(EMAIL in str(vars(event)) for event in events)
