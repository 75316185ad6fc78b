"""What gateways may ask about the addresses of generations, against the addresses that there are."""

import re
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from generations.forwarded_routes import FORWARDED_ROUTES
from generations.policy_source import ACTIONS
from tests.contract.routes import ROUTES
from tests.generations.test_policy_source import make
from tests.support.api_keys import key_of
from tests.support.clients import sign_in
from tests.support.factories import user_factory

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner() -> User:
    return user_factory()


def forward(person: User, method: str, path: str) -> Any:
    headers = {
        "Authorization": f"Bearer {sign_in(person.email)['access']}",
        "X-Velro-Gateway-Key": key_of(user_factory()).secret,
        "X-Original-Method": method,
        "X-Original-URI": path,
    }
    return APIClient().get("/access/v1/forward", headers=headers).status_code


def test_the_table_holds_exactly_the_addresses_of_generations() -> None:
    served = {
        (method, re.sub(r"<[^>]+>", "{id}", route.template))
        for route in ROUTES
        for method in route.methods
        if route.template.startswith("/api/v1/generations")
    }
    assert {(route.method, route.template) for route in FORWARDED_ROUTES} == served


def test_the_table_asks_for_actions_that_the_policy_knows() -> None:
    assert {route.action for route in FORWARDED_ROUTES if route.action} <= set(ACTIONS)


def test_the_owner_is_let_through_and_a_stranger_is_not(owner: User) -> None:
    path, stranger = f"/api/v1/generations/{make(owner).id}", user_factory()
    assert [forward(owner, method, path) for method in ("GET", "HEAD", "DELETE")] == [204, 204, 204]
    assert [forward(stranger, method, path) for method in ("GET", "HEAD", "DELETE")] == [403, 403, 403]


def test_lists_are_open_to_whoever_is_signed_in_and_the_rest_is_closed(owner: User) -> None:
    assert forward(owner, "GET", "/api/v1/generations?status=completed") == 204
    assert forward(owner, "POST", "/api/v1/generations/estimate") == 204
    assert forward(owner, "GET", "/api/v1/generations/estimate") == 403
    assert forward(owner, "GET", f"/api/v1/generations/{str(make(owner).id).upper()}") == 403
    assert forward(owner, "GET", "/api/v1/users/profile") == 403
