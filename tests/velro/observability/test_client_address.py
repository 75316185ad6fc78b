"""A client cannot choose its own address."""

import pytest
from pytest_django.fixtures import Settings

from velro.observability.client_address import client_address_of

PEER = "198.51.100.9"
PROXY = "10.0.0.1"


@pytest.fixture
def _behind_proxies(settings: Settings) -> None:
    proxies = ("10.0.0.0/8",)
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"trusted_proxies": proxies})


def seen(peer: str, forwarded: str = "") -> str:
    return client_address_of({"REMOTE_ADDR": peer, "HTTP_X_FORWARDED_FOR": forwarded})


def test_without_proxies_the_header_is_ignored() -> None:
    assert seen(PEER, "192.0.2.1") == PEER


@pytest.mark.usefixtures("_behind_proxies")
@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        (PROXY, "192.0.2.1", "192.0.2.1"),
        (PROXY, "203.0.113.66, 192.0.2.1", "192.0.2.1"),
        (PROXY, "192.0.2.1, 10.0.0.2", "192.0.2.1"),
        (PROXY, "2001:db8::1", "2001:db8::1"),
        (PROXY, "", PROXY),
        (PROXY, "nonsense", PROXY),
        (PROXY, "192.0.2.1, nonsense", PROXY),
        (PEER, "192.0.2.1", PEER),
    ],
)
def test_behind_proxies_the_nearest_stranger_counts(peer: str, forwarded: str, address: str) -> None:
    assert seen(peer, forwarded) == address
