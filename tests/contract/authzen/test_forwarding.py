"""Gateways: 2xx lets a request through, 401 and 403 stop it, and there is no third way."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.db import OperationalError
from rest_framework.test import APIClient

from accounts.models import ApiKey, User
from accounts.services.account_status import suspend_account
from authorization.ports import ForwardedRoute, Inquiry
from authorization.registry import registry
from tests.contract.authzen.policies import TestedPolicy
from tests.support.api_keys import key_of
from tests.support.clients import sign_in
from tests.support.factories import user_factory
from tests.support.trail import trail
from velro.audit.services import SYSTEM

pytestmark = pytest.mark.django_db

FORWARD = "/access/v1/forward"
DOSSIER = "/api/v7/dossiers/d-17"
ROUTES = [
    ForwardedRoute("GET", "/api/v7/dossiers", "dossier", None),
    ForwardedRoute("GET", "/api/v7/dossiers/{id}", "dossier", "read"),
    ForwardedRoute("DELETE", "/api/v7/dossiers/{id}", "dossier", "delete"),
    ForwardedRoute("POST", "/api/v7/dossiers/{id}/pages", "dossier", "write"),
    ForwardedRoute("GET", "/api/v7/planets/{id}", "planet", "read"),
    *(ForwardedRoute(method, "/api/v7/dossiers/{id}", "dossier", "write") for method in ("PUT", "PATCH", "POST")),
]


class DossierPolicy(TestedPolicy):
    """Everybody who is named may read and write the one dossier."""

    name: ClassVar = "dossier"
    subject_ids: ClassVar = ()
    action_names: ClassVar = ("read", "write")

    def __init__(self) -> None:
        super().__init__()
        self.people: set[UUID] = set()
        self.failure: Exception | None = None

    def is_allowed(self, inquiry: Inquiry) -> bool:
        if self.failure:
            raise self.failure
        is_known = inquiry.subject.type == "user" and UUID(inquiry.subject.id) in self.people
        return is_known and inquiry.resource.id == "d-17" and inquiry.action in self.action_names


@pytest.fixture
def dossiers(monkeypatch: pytest.MonkeyPatch) -> DossierPolicy:
    policy = DossierPolicy()
    monkeypatch.setitem(registry.policy_sources, policy.name, policy)
    monkeypatch.setattr(registry, "forwarded_routes", ROUTES)
    return policy


@pytest.fixture
def person(dossiers: DossierPolicy) -> User:
    user = user_factory()
    dossiers.people.add(user.id)
    return user


class Gateway:
    """What stands in front of the service of the dossiers. It hands on the headers of its clients."""

    def __init__(self, person: User) -> None:
        self.key = key_of(user_factory()).secret
        self.headers = {
            "Authorization": f"Bearer {sign_in(person.email)['access']}",
            "X-Velro-Gateway-Key": self.key,
            "Accept": "text/html",
        }

    def ask(self, method: str = "GET", uri: str = DOSSIER, **headers: str | None) -> Any:
        return self.send({"X-Original-Method": method, "X-Original-URI": uri, **headers})

    def send(self, headers: Mapping[str, str | None]) -> Any:
        given = {name: value for name, value in {**self.headers, **headers}.items() if value is not None}
        return APIClient().get(FORWARD, headers=given)


@pytest.fixture
def gateway(person: User) -> Gateway:
    return Gateway(person)


def test_who_may_is_let_through(gateway: Gateway) -> None:
    answer = gateway.ask()
    assert (answer.status_code, answer.content) == (204, b"")


@pytest.mark.parametrize(
    ("method", "uri", "status"),
    [
        ("GET", DOSSIER, 204),
        ("HEAD", DOSSIER, 204),
        ("GET", f"{DOSSIER}?page=2&x=/api/v7/dossiers", 204),
        ("POST", f"{DOSSIER}/pages", 204),
        ("GET", "/api/v7/dossiers", 204),
        ("DELETE", DOSSIER, 403),
        ("GET", "/api/v7/dossiers/d-18", 403),
        ("GET", "/api/v7/planets/earth", 403),
        ("OPTIONS", DOSSIER, 403),
        ("get", DOSSIER, 403),
        ("POST", "/api/v7/dossiers", 403),
        ("GET", "/api/v7/elsewhere", 403),
        ("GET", "/", 403),
        ("GET", "", 403),
        ("", DOSSIER, 403),
        ("GET, GET", DOSSIER, 403),
    ],
)
def test_method_and_address_decide(gateway: Gateway, method: str, uri: str, status: int) -> None:
    assert gateway.ask(method, uri).status_code == status


@pytest.mark.parametrize(
    "uri",
    [
        f"{DOSSIER}/",
        f"/{DOSSIER}",
        f"{DOSSIER}/../d-17",
        "/api/v7/dossiers/d-18/../d-17",
        "/api/v7/dossiers/..%2fd-17",
        "/api/v7/dossiers/d%2D17",
        "/api/v7/dossiers/%64-17",
        f"{DOSSIER}%00",
        f"{DOSSIER};v=1",
        f"{DOSSIER}#x",
        f"{DOSSIER},{DOSSIER}",
        "/api/v7/./dossiers/d-17",
        "/API/v7/dossiers/d-17",
        "http://elsewhere.test/api/v7/dossiers/d-17",
        "/api/v7/dossiers/.",
        "/api/v7/dossiers\\d-17",
    ],
)
def test_an_address_that_servers_may_read_differently_is_refused(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch, uri: str
) -> None:
    monkeypatch.setattr(DossierPolicy, "is_allowed", lambda *_: True)
    assert gateway.ask(uri=uri).status_code == 403


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "authentication_required"),
        ("Bearer nonsense", "token_invalid"),
        ("Basic bm9uc2Vuc2U=", "token_invalid"),
        ("Bearer velro_" + "x" * 43, "token_invalid"),
    ],
)
def test_a_person_without_a_good_token_is_challenged(gateway: Gateway, authorization: str | None, code: str) -> None:
    answer = gateway.ask(Authorization=authorization)
    assert (answer.status_code, answer.json()["code"]) == (401, code)
    assert answer["WWW-Authenticate"].startswith("Bearer ")


def test_a_person_who_is_suspended_is_stopped_at_once(gateway: Gateway, person: User) -> None:
    assert gateway.ask().status_code == 204
    suspend_account(person.id, actor=SYSTEM)
    assert gateway.ask().status_code == 401


def test_a_stranger_is_stopped(dossiers: DossierPolicy) -> None:
    assert Gateway(user_factory()).ask().status_code == 403
    assert dossiers.calls == 1


def test_an_api_key_is_no_person(gateway: Gateway, person: User) -> None:
    answer = gateway.ask(Authorization=f"Bearer {key_of(person).secret}")
    assert answer.status_code == 403


@pytest.mark.parametrize("key", ["", "nonsense", "velro_" + "x" * 43])
def test_a_gateway_without_a_good_key_is_refused(gateway: Gateway, key: str) -> None:
    gateway.headers["X-Velro-Gateway-Key"] = key
    answer = gateway.ask()
    assert answer.status_code == 403
    assert "WWW-Authenticate" not in answer


def test_a_gateway_whose_key_lacks_the_scope_or_was_revoked_is_refused(gateway: Gateway) -> None:
    ApiKey.objects.update(scopes=["another:scope"])
    assert gateway.ask().status_code == 403
    ApiKey.objects.all().delete()
    assert gateway.ask().status_code == 403


def test_the_words_of_other_gateways_are_understood(gateway: Gateway) -> None:
    assert gateway.send({"X-Forwarded-Method": "GET", "X-Forwarded-Uri": DOSSIER}).status_code == 204
    assert gateway.send({"X-Forwarded-Method": "DELETE", "X-Forwarded-Uri": DOSSIER}).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Original-Method": "GET"},
        {"X-Original-URI": DOSSIER},
        {"X-Original-Method": "GET", "X-Forwarded-Uri": DOSSIER},
        {"X-Original-Method": "GET", "X-Original-URI": DOSSIER, "X-Forwarded-Uri": DOSSIER},
        {
            "X-Original-Method": "DELETE",
            "X-Original-URI": DOSSIER,
            "X-Forwarded-Method": "GET",
            "X-Forwarded-Uri": DOSSIER,
        },
    ],
)
def test_a_request_that_is_named_by_halves_or_twice_is_refused(gateway: Gateway, headers: dict[str, str]) -> None:
    assert gateway.send(headers).status_code == 403


@pytest.mark.parametrize("failure", [OperationalError("gone"), RuntimeError("bug"), TimeoutError()])
def test_an_outage_denies(gateway: Gateway, dossiers: DossierPolicy, failure: Exception) -> None:
    dossiers.failure = failure
    answer = gateway.ask()
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


@pytest.mark.usefixtures("unwritable_journal")
def test_a_decision_that_cannot_be_recorded_is_a_denial(gateway: Gateway) -> None:
    assert gateway.ask().status_code == 403


def test_every_decision_leaves_its_record(gateway: Gateway, person: User) -> None:
    gateway.ask()
    gateway.ask("DELETE")
    events = trail().filter(name="authorization.decision").order_by("at")
    assert [(event.actor_id, event.action, event.outcome) for event in events] == [
        (person.id, "dossier:read", "allowed"),
        (person.id, "dossier:delete", "denied"),
    ]


@pytest.mark.parametrize("method", ["get", "post", "put", "patch"])
def test_envoy_puts_the_path_behind_ours_and_wants_a_200(gateway: Gateway, method: str) -> None:
    call: Callable[..., Any] = getattr(APIClient(), method)
    answer = call(f"{FORWARD}{DOSSIER}?page=2", headers=gateway.headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert call(f"{FORWARD}/api/v7/dossiers/d-18", headers=gateway.headers).status_code == 403


def test_envoy_is_answered_for_every_method(
    gateway: Gateway, dossiers: DossierPolicy, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert APIClient().delete(FORWARD + DOSSIER, headers=gateway.headers).status_code == 403
    monkeypatch.setattr(DossierPolicy, "action_names", ("delete",))
    assert APIClient().delete(FORWARD + DOSSIER, headers=gateway.headers).status_code == 200
    assert dossiers.calls == 2


@pytest.mark.parametrize(
    "path", ["/%2e%2e/dossiers/d-17", "/api/v7/dossiers/d-18/%2e%2e/d-17", "//api/v7/dossiers/d-17"]
)
def test_a_path_behind_ours_that_leads_elsewhere_is_refused(gateway: Gateway, path: str) -> None:
    assert APIClient().get(FORWARD + path, headers=gateway.headers).status_code == 403


def test_what_the_headers_name_does_not_count_when_the_path_is_there(gateway: Gateway) -> None:
    headers = {**gateway.headers, "X-Original-Method": "GET", "X-Original-URI": DOSSIER}
    assert APIClient().get(f"{FORWARD}/api/v7/dossiers/d-18", headers=headers).status_code == 403


def test_requests_count_for_the_person_and_not_for_the_gateway(
    gateway: Gateway, dossiers: DossierPolicy, settings: Any
) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"rate_limit_per_user": 2, "rate_limit_window": 600})
    assert [gateway.ask().status_code for _ in range(3)] == [204, 204, 403]
    other = user_factory()
    dossiers.people.add(other.id)
    gateway.headers["Authorization"] = f"Bearer {sign_in(other.email)['access']}"
    assert gateway.ask().status_code == 204
