"""A denied network finds every door closed."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db

DOORS = ("/api/v1/health/live", "/api/v1/generations", "/admin/login/", "/api/docs", "/api/v1/media/x", "/nowhere")


@pytest.mark.parametrize("address", ["203.0.113.9", "::ffff:203.0.113.9"])
@pytest.mark.parametrize("door", DOORS)
def test_a_denied_network_is_refused(client: Client, settings: Settings, door: str, address: str) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"denied_networks": ("203.0.113.0/24",)})
    response = client.get(door, REMOTE_ADDR=address)
    assert (response.status_code, response.json()["code"]) == (403, "address_blocked")


@pytest.mark.parametrize("door", DOORS)
def test_everybody_else_is_not(client: Client, settings: Settings, door: str) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"denied_networks": ("203.0.113.0/24",)})
    assert client.get(door, REMOTE_ADDR="198.51.100.1").status_code != 403
