"""Who comes too often is told so, and no spelling of a request gets another quota."""

from collections.abc import Callable
from ipaddress import IPv6Address
from random import SystemRandom
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from tests.support.clients import bearer_client, sign_in
from tests.support.factories import user_factory
from tests.support.trail import trail

pytestmark = pytest.mark.django_db

PUBLIC = "/api/v1/health/status"
PROFILE = "/api/v1/users/profile"
LOGIN = "/api/v1/auth/login"
NOBODY = {"email": "nobody@velro.test", "password": "not a password at all"}
Change = Callable[..., None]


@pytest.fixture
def set_limits(settings: Settings) -> Change:
    def change(**values: Any) -> None:
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=values)

    return change


@pytest.fixture
def address() -> str:
    """Of nobody else: counters outlive a test."""
    return str(IPv6Address(int(IPv6Address("2001:db8::")) + SystemRandom().getrandbits(96)))


def statuses(client: Client, path: str, address: str, *, times: int, method: str = "GET", **options: Any) -> list[int]:
    return [client.generic(method, path, REMOTE_ADDR=address, **options).status_code for _ in range(times)]


def test_an_address_has_its_quota_and_is_told_what_is_left(set_limits: Change, address: str) -> None:
    set_limits(rate_limit_per_ip=2, rate_limit_window=600)
    answers = [APIClient().get(PUBLIC, REMOTE_ADDR=address) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert {answer["RateLimit-Policy"] for answer in answers} == {'"address";q=2;w=600'}
    assert [answer["RateLimit"].partition(";t=")[0] for answer in answers] == [
        '"address";r=1', '"address";r=0', '"address";r=0',
    ]  # fmt: skip
    refused = answers[2]
    assert refused.json()["code"] == "rate_limited"
    assert 540 <= int(refused["Retry-After"]) <= 601
    assert refused["RateLimit"].endswith(f";t={refused['Retry-After']}")


def test_a_person_has_a_quota_wherever_they_come_from(set_limits: Change) -> None:
    access, other = sign_in(user_factory().email)["access"], sign_in(user_factory().email)["access"]
    set_limits(rate_limit_per_user=2)
    codes = [bearer_client(access).get(PROFILE, REMOTE_ADDR=f"192.0.2.{last}").status_code for last in range(3)]

    assert codes == [200, 200, 429]
    assert bearer_client(other).get(PROFILE).status_code == 200


def test_a_forged_token_takes_nothing_from_whom_it_names(set_limits: Change) -> None:
    access = sign_in(user_factory().email)["access"]
    set_limits(rate_limit_per_user=1)

    assert [bearer_client(access[:-8] + "AAAAAAAA").get(PROFILE).status_code for _ in range(3)] == [401] * 3
    assert bearer_client(access).get(PROFILE).status_code == 200


def test_an_endpoint_may_have_less(set_limits: Change, address: str) -> None:
    set_limits(rate_limit_endpoints=("sign_in=2/300",))
    answers = [APIClient().post(LOGIN, NOBODY, REMOTE_ADDR=address) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert '"sign_in";q=2;w=300' in answers[0]["RateLimit-Policy"]
    assert APIClient().get(PUBLIC, REMOTE_ADDR=address).status_code == 200


def test_the_door_of_the_admin_is_the_same_endpoint(set_limits: Change, address: str) -> None:
    set_limits(rate_limit_endpoints=("sign_in=2/300",))
    form = {"username": NOBODY["email"], "password": NOBODY["password"]}
    answers = [Client().post("/admin/login/", form, REMOTE_ADDR=address) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert APIClient().post(LOGIN, NOBODY, REMOTE_ADDR=address).status_code == 429
    assert Client().get("/admin/login/", REMOTE_ADDR=address).status_code == 200


def test_an_endpoint_for_people_is_counted_by_person(set_limits: Change) -> None:
    path, body = (
        "/api/v1/auth/password/change",
        {"current_password": "wrong", "new_password": "also long enough to be one"},
    )
    first, second = (bearer_client(sign_in(user_factory().email)["access"]) for _ in range(2))
    set_limits(rate_limit_endpoints=("password_change=1/300",))

    assert [first.post(path, body).status_code for _ in range(2)] == [401, 429]
    assert second.post(path, body).status_code == 401


@pytest.mark.parametrize(
    "path", ["/api/v1/health/live", "/api/v1/health/ready", "/static/unfold/css/styles.css", "/static/nothing"]
)
def test_probes_and_static_files_are_not_limited(set_limits: Change, address: str, path: str) -> None:
    set_limits(rate_limit_per_ip=1)
    answers = [Client().get(path, REMOTE_ADDR=address) for _ in range(3)]

    for answer in answers:
        answer.close()
        assert answer.status_code != 429
        assert "RateLimit" not in answer


@pytest.mark.parametrize("path", ["/nowhere", "/admin/", "/api/docs", "/api/v1/media/x", "/.well-known/jwks.json"])
def test_every_other_door_is(set_limits: Change, address: str, path: str) -> None:
    set_limits(rate_limit_per_ip=1)

    assert statuses(Client(), path, address, times=2)[1] == 429


class TestEvasion:
    def test_other_addresses_of_the_same_subscriber_count_as_one(self, set_limits: Change, address: str) -> None:
        set_limits(rate_limit_per_ip=1)
        neighbour = str(IPv6Address(int(IPv6Address(address)) ^ 1))

        assert statuses(Client(), PUBLIC, address, times=1) == [200]
        assert statuses(Client(), PUBLIC, neighbour, times=1) == [429]

    @pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Client-IP"])
    def test_a_claimed_address_changes_nothing(self, set_limits: Change, address: str, header: str) -> None:
        set_limits(rate_limit_per_ip=1)
        answers = [Client().get(PUBLIC, REMOTE_ADDR=address, headers={header: f"192.0.2.{last}"}) for last in (1, 2)]

        assert [answer.status_code for answer in answers] == [200, 429]

    def test_an_ipv4_address_within_ipv6_is_the_same_address(self, set_limits: Change) -> None:
        set_limits(rate_limit_per_ip=1)
        tail = f"{SystemRandom().randrange(256)}.{SystemRandom().randrange(1, 255)}"

        assert statuses(Client(), PUBLIC, f"198.18.{tail}", times=1) == [200]
        assert statuses(Client(), PUBLIC, f"::ffff:198.18.{tail}", times=1) == [429]

    def test_methods_ids_queries_and_capitals_share_the_quota(self, set_limits: Change, address: str) -> None:
        set_limits(rate_limit_per_ip=6)
        requests = [
            ("GET", PUBLIC),
            ("HEAD", PUBLIC),
            ("GET", PUBLIC.upper()),
            ("GET", f"{PUBLIC}?x={uuid4()}"),
            ("DELETE", f"/api/v1/users/sessions/{uuid4()}"),
            ("TRACE", f"/api/v1/users/sessions/{uuid4()}"),
            ("GET", PUBLIC),
        ]
        answers = [statuses(Client(), path, address, times=1, method=method)[0] for method, path in requests]

        assert 429 not in answers[:6]
        assert answers[6] == 429

    def test_another_spelling_of_an_endpoint_is_no_endpoint(self, set_limits: Change, address: str) -> None:
        set_limits(rate_limit_endpoints=("sign_in=1/300",))
        paths = [LOGIN, f"{LOGIN}/", LOGIN.upper(), f"/{LOGIN}", f"{LOGIN}%20", f"{LOGIN}?x=1"]
        answers = [APIClient().post(path, NOBODY, REMOTE_ADDR=address).status_code for path in paths]

        assert answers == [401, 404, 404, 404, 404, 429]


class TestOracle:
    def test_absent_denied_and_allowed_cost_the_same(self, set_limits: Change) -> None:
        me, stranger = user_factory(), sign_in(user_factory().email)
        client = bearer_client(sign_in(me.email)["access"])
        mine = sign_in(me.email)
        set_limits(rate_limit_per_user=50)
        before = left(client.get(PROFILE))
        spent = []
        for session_id in (uuid4(), stranger["session_id"], mine["session_id"]):
            client.delete(f"/api/v1/users/sessions/{session_id}")
            after = left(client.get(PROFILE))
            spent.append(before - after)
            before = after

        assert spent == [2, 2, 2]


def left(answer: Any) -> int:
    return int(answer["RateLimit"].partition('"user";r=')[2].partition(";")[0])


class TestTrail:
    def test_a_flood_is_recorded_once(self, set_limits: Change, address: str) -> None:
        set_limits(rate_limit_per_ip=1)
        statuses(Client(), PUBLIC, address, times=5)

        event = trail().get(name="request.refused")
        assert (event.reason, event.outcome, event.client_address) == ("rate_limited", "denied", address)
        assert (event.details["limit"], event.details["quota"]) == ("address", 1)

    def test_a_person_is_named(self, set_limits: Change) -> None:
        user = user_factory()
        client = bearer_client(sign_in(user.email)["access"])
        set_limits(rate_limit_per_user=1)
        for _ in range(4):
            client.get(PROFILE)

        event = trail().get(name="request.refused")
        assert (event.actor_id, event.details["limit"]) == (user.id, "user")
