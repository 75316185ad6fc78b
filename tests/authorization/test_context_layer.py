"""Networks and countries that are not welcome find every door closed, and learn nothing of why."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from tests.support.trail import trail
from velro.blocking.block_list import BlockList
from velro.blocking.models import BlockedNetwork

pytestmark = pytest.mark.django_db

DOORS = ("/api/v1/health/live", "/api/v1/generations", "/admin/login/", "/api/docs", "/api/v1/media/x", "/nowhere")
AMERICAN, BRITISH, PRIVATE = "8.8.8.8", "81.2.69.142", "10.1.2.3"
STATUS = "/api/v1/health/status"
Change = Callable[..., None]


@pytest.fixture(autouse=True)
def _own_block_list(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that a test blocks stays in the copy of the process."""
    monkeypatch.setattr("authorization.layers.context.block_list", BlockList())


@pytest.fixture
def set_rules(settings: Settings) -> Change:
    def change(**values: Any) -> None:
        settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update=values)

    return change


def is_welcome(address: str, door: str = STATUS) -> bool:
    response = Client().get(door, REMOTE_ADDR=address)
    if response.status_code != 403:
        return True
    assert response.json()["code"] == "address_blocked"
    return False


@pytest.mark.parametrize("address", ["203.0.113.9", "::ffff:203.0.113.9"])
@pytest.mark.parametrize("door", DOORS)
def test_a_denied_network_is_refused(set_rules: Change, door: str, address: str) -> None:
    set_rules(denied_networks=("203.0.113.0/24",))

    assert not is_welcome(address, door)


@pytest.mark.parametrize("door", DOORS)
def test_everybody_else_is_not(set_rules: Change, door: str) -> None:
    set_rules(denied_networks=("203.0.113.0/24",))

    assert is_welcome("198.51.100.1", door)


def test_with_a_list_of_allowed_networks_all_others_are_refused(set_rules: Change) -> None:
    set_rules(allowed_networks=("203.0.113.0/24", "2001:db8::/32"))

    assert is_welcome("203.0.113.9")
    assert is_welcome("2001:db8::9")
    assert not is_welcome("198.51.100.1")
    assert not is_welcome("127.0.0.1")


def test_a_denied_network_within_an_allowed_one_stays_denied(set_rules: Change) -> None:
    set_rules(allowed_networks=("203.0.113.0/24",), denied_networks=("203.0.113.128/25",))

    assert is_welcome("203.0.113.9")
    assert not is_welcome("203.0.113.129")


def test_an_address_that_is_none_is_in_no_allowed_network(set_rules: Change) -> None:
    set_rules(allowed_networks=("0.0.0.0/0", "::/0"))

    assert not is_welcome("unix:")


def test_denied_countries_are_refused_and_private_networks_have_none(set_rules: Change) -> None:
    set_rules(denied_countries=("US",))

    assert [is_welcome(address) for address in (AMERICAN, BRITISH, PRIVATE)] == [False, True, True]


def test_with_a_list_of_allowed_countries_all_others_are_refused(set_rules: Change) -> None:
    set_rules(allowed_countries=("GB",))

    assert [is_welcome(address) for address in (AMERICAN, BRITISH, PRIVATE)] == [False, True, True]


def test_a_denied_country_stays_denied_when_it_is_allowed_too(set_rules: Change) -> None:
    set_rules(allowed_countries=("GB", "US"), denied_countries=("US",))

    assert [is_welcome(address) for address in (AMERICAN, BRITISH)] == [False, True]


@pytest.mark.parametrize("door", DOORS[1:])
def test_a_network_that_an_operator_blocked_is_refused_at_once(set_rules: Change, door: str) -> None:
    set_rules(blocked_networks_max_age=0.0)
    BlockedNetwork.objects.create(network="203.0.113.0/24", reason="scanning")

    assert not is_welcome("203.0.113.9", door)
    assert is_welcome("198.51.100.1", door)


def test_a_forged_header_opens_nothing(set_rules: Change) -> None:
    set_rules(denied_networks=("203.0.113.0/24",))
    for header in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        response = Client().get(STATUS, REMOTE_ADDR="203.0.113.9", headers={header: "198.51.100.1"})
        assert response.status_code == 403


REASONS: list[tuple[dict[str, Any], str, str]] = [
    ({"denied_networks": ("203.0.113.0/24",)}, "203.0.113.50", "network_denied"),
    ({"allowed_networks": ("198.51.100.0/24",)}, "203.0.113.51", "network_not_allowed"),
    ({"denied_countries": ("US",)}, "8.8.4.1", "country_denied"),
    ({"allowed_countries": ("GB",)}, "8.8.4.2", "country_not_allowed"),
    ({"blocked_networks_max_age": 0.0}, "192.0.2.99", "network_blocked"),
]


@pytest.mark.parametrize(("rules", "address", "reason"), REASONS, ids=[row[2] for row in REASONS])
def test_the_trail_knows_why_and_is_told_once(
    set_rules: Change, rules: dict[str, Any], address: str, reason: str
) -> None:
    BlockedNetwork.objects.create(network="192.0.2.99", reason="scanning")
    set_rules(**rules)
    for _ in range(3):
        response = Client().get(STATUS, REMOTE_ADDR=address)
        assert reason not in response.content.decode()

    event = trail().get(name="request.refused")
    assert (event.reason, event.outcome, event.client_address) == (reason, "denied", address)
