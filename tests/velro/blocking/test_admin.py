"""Operators block networks in the admin, and each change leaves a record."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.support.factories import user_factory
from tests.support.trail import trail
from velro.blocking.models import BlockedNetwork

pytestmark = pytest.mark.django_db

ADD, LIST = (reverse(f"admin:blocking_blockednetwork_{name}") for name in ("add", "changelist"))
FORM: dict[str, Any] = {"network": "203.0.113.0/24", "reason": "scanning", "expires_at_0": "", "expires_at_1": ""}


@pytest.fixture
def operator() -> Client:
    client = Client()
    client.force_login(user_factory(is_staff=True, is_superuser=True))
    return client


def recorded() -> list[str]:
    return list(trail().filter(name__startswith="network.").order_by("at").values_list("name", flat=True))


def test_a_network_is_blocked_changed_and_let_in_again(operator: Client) -> None:
    assert operator.post(ADD, FORM).status_code == 302
    row = BlockedNetwork.objects.get()
    change = reverse("admin:blocking_blockednetwork_change", args=[row.id])
    assert operator.post(change, FORM | {"reason": "still scanning"}).status_code == 302
    assert "still scanning" in operator.get(LIST).content.decode()
    delete = reverse("admin:blocking_blockednetwork_delete", args=[row.id])
    assert operator.post(delete, {"post": "yes"}).status_code == 302

    assert not BlockedNetwork.objects.exists()
    assert recorded() == ["network.blocked", "network.blocked", "network.unblocked"]
    event = trail().filter(name="network.blocked").latest("at")
    assert event.actor_id is not None
    assert event.details == {"network": "203.0.113.0/24", "reason": "still scanning", "expires_at": None}


def test_several_are_let_in_at_once(operator: Client) -> None:
    rows = [BlockedNetwork.objects.create(network=f"203.0.113.{number}/32", reason="x") for number in range(3)]
    chosen = {"action": "delete_selected", "_selected_action": [str(row.id) for row in rows], "post": "yes"}
    assert operator.post(LIST, chosen).status_code == 302

    assert recorded() == ["network.unblocked"] * 3


SPELLINGS = [
    ("203.0.113.7", "203.0.113.7/32"),
    ("2001:DB8::/32", "2001:db8::/32"),
    ("::ffff:203.0.113.0/120", "203.0.113.0/24"),
]


@pytest.mark.parametrize(("network", "stored"), SPELLINGS)
def test_a_network_has_one_spelling(operator: Client, network: str, stored: str) -> None:
    assert operator.post(ADD, FORM | {"network": network}).status_code == 302

    assert BlockedNetwork.objects.get().network == stored


@pytest.mark.parametrize("network", ["", "x", "203.0.113.1/24", "0.0.0.0/0", "::/0", "127.0.0.0/8", "127.0.0.1"])
def test_nonsense_everybody_and_oneself_cannot_be_blocked(operator: Client, network: str) -> None:
    assert operator.post(ADD, FORM | {"network": network}).status_code == 200

    assert not BlockedNetwork.objects.exists()
    assert recorded() == []


def test_a_network_is_blocked_once(operator: Client) -> None:
    operator.post(ADD, FORM | {"network": "203.0.113.7"})

    assert operator.post(ADD, FORM | {"network": "::ffff:203.0.113.7"}).status_code == 200
    assert BlockedNetwork.objects.count() == 1
