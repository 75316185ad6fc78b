"""Keys by which machines speak for people: within scopes, until a day, and never for themselves."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from accounts.models import AccountStatus, ApiKey, User
from accounts.services.account_status import reactivate_account, suspend_account
from authorization.errors import AccountUnavailable, TokenExpired, TokenInvalid, Unauthenticated
from authorization.facts import Attempt, Principal
from authorization.registry import registry
from authorization.scopes import Scope
from tests.contract.routes import ROUTES, Route
from tests.support.api_keys import key_client_for, key_of
from tests.support.clients import api_client_for
from tests.support.factories import PASSWORD, user_factory
from tests.support.trail import trail
from velro.audit.services import SYSTEM

pytestmark = pytest.mark.django_db

KEYS = "/api/v1/users/api-keys"
WISH = {"name": "Gateway", "scopes": ["authz:evaluate"]}
CLOSED_TO_KEYS = [
    pytest.param(route, method, id=f"{method} {route}")
    for route in ROUTES
    for method in route.protected_methods
    if not route.view.actions[method.lower()].scope  # type: ignore[attr-defined]  # protected methods have an Action
]


@pytest.fixture
def owner() -> User:
    return user_factory()


@pytest.fixture
def client(owner: User) -> APIClient:
    return api_client_for(owner)


def issue(client: APIClient, **wish: Any) -> Any:
    return client.post(KEYS, WISH | wish, format="json")


def identify(secret: str | None) -> Principal:
    return registry.identity_source.identify(Attempt("127.0.0.1", "", secret))


def in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def test_a_key_is_shown_whole_once(client: APIClient) -> None:
    answer = issue(client)
    assert answer.status_code == 201
    issued = answer.json()
    shown = {"id", "name", "scopes", "prefix", "created_at", "last_used_at", "expires_at"}
    assert set(issued) == shown | {"secret"}
    assert re.fullmatch(r"velro_[A-Za-z0-9_-]{43}", issued["secret"])
    assert issued["secret"].startswith(issued["prefix"])
    assert len(issued["prefix"]) == 12
    listed = client.get(KEYS)
    assert issued["secret"] not in listed.content.decode()
    assert listed.json()["results"] == [{name: issued[name] for name in shown}]


def test_no_row_and_no_record_holds_the_secret(client: APIClient) -> None:
    secret = issue(client).json()["secret"]
    key = ApiKey.objects.get()
    assert secret not in str(vars(key))
    assert secret not in str([vars(event) for event in trail().all()])
    assert secret.removeprefix(key.prefix) not in str(vars(key))


def test_keys_are_different_every_time(owner: User) -> None:
    assert len({key_of(owner).secret for _ in range(20)}) == 20


def test_a_key_lives_ninety_days_unless_told_otherwise(client: APIClient) -> None:
    issue(client)
    key = ApiKey.objects.get()
    assert key.expires_at - key.created_at == timedelta(days=90)


@pytest.mark.parametrize(
    ("life", "status"),
    [
        (timedelta(minutes=1), 201),
        (timedelta(days=364), 201),
        (timedelta(days=366), 400),
        (timedelta(seconds=-1), 400),
        (timedelta(days=200_000), 400),
    ],
)
def test_a_key_ends_within_a_year(client: APIClient, life: timedelta, status: int) -> None:
    answer = issue(client, expires_at=in_utc(timezone.now() + life))
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["errors"][0]["pointer"] == "/expires_at"


@pytest.mark.parametrize(
    ("wish", "pointer"),
    [
        ({"scopes": []}, "/scopes"),
        ({"scopes": ["everything"]}, "/scopes/0"),
        ({"scopes": "authz:evaluate"}, "/scopes"),
        ({"name": ""}, "/name"),
        ({"name": "two\nlines"}, "/name"),
        ({"expires_at": None}, "/expires_at"),
        ({"expires_at": "soon"}, "/expires_at"),
        ({"secret": "velro_mine"}, "/secret"),
    ],
)
def test_a_wish_that_makes_no_sense_is_pointed_at(client: APIClient, wish: dict[str, Any], pointer: str) -> None:
    answer = issue(client, **wish)
    assert answer.status_code == 400
    assert [fault["pointer"] for fault in answer.json()["errors"]] == [pointer]
    assert not ApiKey.objects.exists()


def test_a_scope_named_twice_is_one(client: APIClient) -> None:
    assert issue(client, scopes=["authz:evaluate"] * 2).json()["scopes"] == ["authz:evaluate"]


def test_the_fifty_first_live_key_is_refused(client: APIClient, owner: User) -> None:
    keys = [key_of(owner) for _ in range(50)]
    refused = issue(client)
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_api_keys")
    assert client.delete(f"{KEYS}/{keys[0].key.id}").status_code == 204
    assert issue(client).status_code == 201


def test_a_key_speaks_for_its_owner_within_its_scopes(owner: User) -> None:
    issued = key_of(owner)
    principal = identify(issued.secret)
    assert principal == Principal(owner.id, issued.key.id, frozenset({Scope.EVALUATE}))


@pytest.mark.parametrize(("route", "method"), CLOSED_TO_KEYS)
def test_a_key_reaches_nothing_that_its_scopes_do_not_name(owner: User, route: Route, method: str) -> None:
    client = key_client_for(owner)
    answer = client.generic(method, route.path, "{}", content_type="application/json")
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_keys_sessions_and_passwords_are_among_what_is_closed() -> None:
    closed = {str(case.id) for case in CLOSED_TO_KEYS}
    assert {
        f"POST {KEYS}",
        f"GET {KEYS}",
        f"DELETE {KEYS}/<uuid4:api_key_id>",
        "DELETE /api/v1/users/sessions",
        "POST /api/v1/auth/password/change",
        "POST /api/v1/auth/logout",
        "POST /api/v1/generations",
    } <= closed


def test_revoking_kills_a_key_at_once(client: APIClient, owner: User) -> None:
    issued = key_of(owner)
    assert client.delete(f"{KEYS}/{issued.key.id}").status_code == 204
    with pytest.raises(TokenInvalid):
        identify(issued.secret)
    assert client.get(KEYS).json()["results"] == []
    assert client.delete(f"{KEYS}/{issued.key.id}").status_code == 404


def test_the_keys_of_others_look_absent(client: APIClient) -> None:
    foreign = key_of(user_factory())
    answers = [client.delete(f"{KEYS}/{name}") for name in (foreign.key.id, uuid4())]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert identify(foreign.secret).session_id == foreign.key.id
    assert client.get(KEYS).json()["results"] == []


def test_a_new_password_and_the_end_of_all_sessions_leave_keys_alone(client: APIClient, owner: User) -> None:
    secret = key_of(owner).secret
    change = {"current_password": PASSWORD, "new_password": "quite another password"}
    assert client.post("/api/v1/auth/password/change", change, format="json").status_code == 204
    assert client.delete("/api/v1/users/sessions").status_code == 204

    assert identify(secret).user_id == owner.id


def test_suspending_ends_sessions_and_shuts_keys_until_the_account_is_open_again(owner: User) -> None:
    secret, session = key_of(owner).secret, api_client_for(owner)
    suspend_account(owner.id, actor=SYSTEM)
    with pytest.raises(AccountUnavailable):
        identify(secret)

    reactivate_account(owner.id, actor=SYSTEM)
    assert identify(secret).user_id == owner.id
    assert session.get("/api/v1/users/profile").json()["code"] == "session_revoked"


def test_an_expired_key_says_so(owner: User) -> None:
    issued = key_of(owner)
    now = timezone.now()
    ApiKey.objects.update(created_at=now - timedelta(days=2), expires_at=now)
    with pytest.raises(TokenExpired):
        identify(issued.secret)


def test_a_suspended_owner_is_not_spoken_for(owner: User) -> None:
    issued = key_of(owner)
    suspend_account(owner.id, actor=SYSTEM)
    with pytest.raises(AccountUnavailable):
        identify(issued.secret)
    reactivate_account(owner.id, actor=SYSTEM)
    assert identify(issued.secret).user_id == owner.id


@pytest.mark.parametrize(
    "altered",
    [
        lambda secret: secret[:-1] + ("A" if secret[-1] != "A" else "B"),
        lambda secret: secret + "A",
        lambda secret: secret[:-1],
        lambda _: "velro_",
        lambda secret: secret.upper().replace("VELRO_", "velro_"),
        lambda secret: secret.removeprefix("velro_"),
    ],
)
def test_anything_but_the_key_is_refused(owner: User, altered: Any) -> None:
    with pytest.raises(TokenInvalid):
        identify(altered(key_of(owner).secret))


def test_nobody_is_identified_without_a_token() -> None:
    with pytest.raises(Unauthenticated):
        identify(None)


def test_an_unknown_key_is_a_plain_401() -> None:
    answer = APIClient().get(KEYS, headers={"Authorization": "Bearer velro_" + "a" * 43})
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")
    assert answer["WWW-Authenticate"].startswith("Bearer ")


def test_a_key_is_looked_up_in_one_statement_and_marked_once_a_minute(
    owner: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    issued = key_of(owner)
    with django_assert_num_queries(2):
        identify(issued.secret)
    with django_assert_num_queries(1):
        identify(issued.secret)
    used_at = ApiKey.objects.get().last_used_at
    assert used_at is not None
    ApiKey.objects.update(last_used_at=used_at - timedelta(seconds=61))
    identify(issued.secret)
    assert ApiKey.objects.get().last_used_at >= used_at  # type: ignore[operator]  # it was just marked


def test_issuing_and_revoking_leave_their_records(client: APIClient, owner: User) -> None:
    key_id = issue(client).json()["id"]
    client.delete(f"{KEYS}/{key_id}")
    events = trail().filter(resource_type="api_key").order_by("at")
    assert [event.name for event in events] == ["api_key.issued", "api_key.revoked"]
    assert {(event.actor_id, str(event.resource_id)) for event in events} == {(owner.id, key_id)}
    assert events[0].details["scopes"] == ["authz:evaluate"]


def test_the_database_holds_the_limits_too(owner: User) -> None:
    now = timezone.now()
    row = {"user": owner, "name": "x", "prefix": "velro_x", "created_at": now}
    for wrong in (
        {"scopes": ["x"], "expires_at": now + timedelta(days=366)},
        {"scopes": ["x"], "expires_at": now},
        {"scopes": [], "expires_at": now + timedelta(days=1)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            ApiKey.objects.create(**row | wrong, digest=uuid4().hex)


def test_closing_an_account_closes_it_to_its_keys(owner: User) -> None:
    issued = key_of(owner)
    User.objects.filter(id=owner.id).update(status=AccountStatus.DEACTIVATED)
    with pytest.raises(AccountUnavailable):
        identify(issued.secret)
