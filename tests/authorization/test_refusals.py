"""What is refused without a decision is in the trail, but cannot fill it."""

from ipaddress import IPv6Address
from random import SystemRandom
from typing import Any
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from accounts.models import Session
from authorization import pipeline
from tests.support.api_keys import key_client_for
from tests.support.clients import sign_in
from tests.support.factories import user_factory
from tests.support.trail import trail

pytestmark = pytest.mark.django_db

PROFILE = "/api/v1/users/profile"
REFUSED = "request.refused"


@pytest.fixture
def address() -> str:
    """Of nobody else: counters outlive a test."""
    return str(IPv6Address(int(IPv6Address("2001:db8::")) + SystemRandom().getrandbits(96)))


def show(authorization: str, address: str) -> Any:
    return APIClient().get(PROFILE, HTTP_AUTHORIZATION=authorization, REMOTE_ADDR=address)


@pytest.mark.parametrize("authorization", ["Bearer nonsense", "Bearer n(nsense", "Basic bm9uc2Vuc2U="])
def test_a_flood_of_bad_tokens_is_recorded_once_and_without_the_token(authorization: str, address: str) -> None:
    assert {show(authorization, address).json()["code"] for _ in range(5)} == {"token_invalid"}

    event = trail().get(name=REFUSED)
    assert (event.reason, event.outcome, event.client_address) == ("token_invalid", "denied", address)
    assert authorization.split()[1] not in str(event.details)


def test_the_token_of_a_session_that_ended_is_recorded(address: str) -> None:
    tokens = sign_in(user_factory().email)
    Session.objects.get(id=UUID(tokens["session_id"])).delete()

    assert show(f"Bearer {tokens['access']}", address).status_code == 401
    event = trail().get(name=REFUSED)
    assert event.reason == "session_revoked"
    assert tokens["access"] not in str(event.details)


def test_who_shows_nothing_leaves_no_record(address: str) -> None:
    assert APIClient().get(PROFILE, REMOTE_ADDR=address).status_code == 401
    assert not trail().filter(name=REFUSED).exists()


def test_a_key_that_does_not_reach_so_far_is_recorded_once_with_whose_it_is() -> None:
    user = user_factory()
    client = key_client_for(user)
    assert {client.get(PROFILE).status_code for _ in range(3)} == {403}

    event = trail().get(name=REFUSED)
    assert (event.reason, event.actor_id, event.details["action"]) == ("scope_missing", user.id, "profile:read")


def test_an_address_is_charged_before_a_token_is_looked_at() -> None:
    assert [layer.name for layer in pipeline.DOOR] == ["input", "context"]
    assert "identity" in [layer.name for layer in pipeline.ADMISSION]
