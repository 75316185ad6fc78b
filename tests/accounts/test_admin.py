"""Accounts in the admin: nothing secret is shown and every change leaves its record."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import AccountStatus, ApiKey, EndReason, Session, SigningKey, User
from accounts.services.signing_keys import active_signing_key
from tests.support.api_keys import key_of
from tests.support.clients import bearer_client, sign_in
from tests.support.factories import PASSWORD, user_factory
from tests.support.trail import trail

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator() -> User:
    return user_factory(is_staff=True, is_superuser=True)


@pytest.fixture
def admin_client(operator: User) -> Client:
    client = Client()
    assert client.login(username=operator.email.upper(), password=PASSWORD)
    return client


def run_action(client: Client, model: str, action: str, *ids: object) -> None:
    response = client.post(
        reverse(f"admin:accounts_{model}_changelist"), {"action": action, "_selected_action": [str(row) for row in ids]}
    )
    assert response.status_code == 302, response.content


def test_people_are_found_by_address(admin_client: Client) -> None:
    wanted, other = user_factory(), user_factory()
    page = admin_client.get(reverse("admin:accounts_user_changelist"), {"q": wanted.email}).content.decode()
    assert wanted.email in page
    assert other.email not in page


@pytest.mark.parametrize("model", ["user", "session", "signingkey", "apikey"])
def test_rows_are_shown_without_secrets_and_cannot_be_typed_over(admin_client: Client, model: str) -> None:
    user = user_factory()
    session, key = Session.objects.get(id=sign_in(user.email)["session_id"]), active_signing_key()
    api_key = key_of(user).key
    row = {"user": user, "session": session, "signingkey": key, "apikey": api_key}[model]
    assert admin_client.get(reverse(f"admin:accounts_{model}_changelist")).status_code == 200
    url = reverse(f"admin:accounts_{model}_change", args=[row.pk])
    page = admin_client.get(url).content.decode()
    for secret in (user.password, key.private_key, str(session.refresh_id), api_key.digest):
        assert secret not in page
    assert 'type="password"' not in page
    admin_client.post(url, {"status": "suspended", "is_superuser": "on", "email": "x@velro.test", "state": "retired"})
    before = {field.attname: getattr(row, field.attname) for field in row._meta.fields}
    row.refresh_from_db()
    changed = {name for name, value in before.items() if getattr(row, name) != value}
    assert changed <= {"updated_at"}


@pytest.mark.parametrize("model", ["user", "session", "signingkey", "apikey"])
def test_rows_are_neither_added_nor_deleted(admin_client: Client, model: str) -> None:
    key = SigningKey.objects.first()
    assert admin_client.get(reverse(f"admin:accounts_{model}_add")).status_code == 403
    if model == "signingkey" and key:
        assert admin_client.get(reverse("admin:accounts_signingkey_delete", args=[key.pk])).status_code == 403


def test_suspending_ends_everything_at_once_and_names_the_operator(admin_client: Client, operator: User) -> None:
    user = user_factory()
    tokens = sign_in(user.email)
    run_action(admin_client, "user", "suspend", user.id)
    refused = bearer_client(tokens["access"]).get("/api/v1/users/profile")
    assert refused.json()["code"] == "account_unavailable"
    event = trail().get(name="account.status_changed")
    assert (event.actor_id, event.resource_id) == (operator.id, user.id)
    assert event.details == {"from": "active", "to": "suspended"}


def test_reactivation_opens_the_account_but_not_its_old_sessions(admin_client: Client) -> None:
    user, closed = user_factory(), user_factory(status=AccountStatus.DEACTIVATED)
    tokens = sign_in(user.email)
    run_action(admin_client, "user", "suspend", user.id)
    run_action(admin_client, "user", "reactivate", user.id, closed.id)
    assert bearer_client(tokens["access"]).get("/api/v1/users/profile").json()["code"] == "session_revoked"
    sign_in(user.email)
    closed.refresh_from_db()
    assert closed.status == AccountStatus.DEACTIVATED


def test_an_operator_ends_a_session(admin_client: Client) -> None:
    tokens = sign_in(user_factory().email)
    run_action(admin_client, "session", "end", tokens["session_id"])
    assert bearer_client(tokens["access"]).get("/api/v1/users/profile").json()["code"] == "session_revoked"
    assert Session.objects.get().revoked_reason == EndReason.ENDED_BY_OPERATOR


def test_an_operator_revokes_an_api_key(admin_client: Client, operator: User) -> None:
    issued = key_of(user_factory())
    run_action(admin_client, "apikey", "revoke", issued.key.id)
    assert ApiKey.objects.get().revoked_at is not None
    event = trail().get(name="api_key.revoked")
    assert (event.actor_id, event.resource_id) == (operator.id, issued.key.id)
    run_action(admin_client, "apikey", "revoke", issued.key.id)
    assert trail().filter(name="api_key.revoked").count() == 1


def test_the_account_box_names_the_operator_and_shows_the_address_once(admin_client: Client, operator: User) -> None:
    page = admin_client.get(reverse("admin:accounts_session_changelist")).content.decode()
    assert page.count(operator.email) == 1
    assert operator.display_name in page


def test_a_suspended_operator_leaves_the_admin_at_once(admin_client: Client, operator: User) -> None:
    User.objects.filter(id=operator.id).update(status=AccountStatus.SUSPENDED)
    assert admin_client.get(reverse("admin:accounts_user_changelist")).status_code == 302
    assert not Client().login(username=operator.email, password=PASSWORD)


def test_the_admin_is_closed_to_everybody_else() -> None:
    client = Client()
    client.force_login(user_factory())
    assert client.get(reverse("admin:accounts_user_changelist")).status_code == 302
