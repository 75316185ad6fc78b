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
        (PROXY, "192.0.2.1, 10.0.0.3, 10.0.0.2", "192.0.2.1"),
        (PROXY, "10.9.9.9, 192.0.2.1, 10.0.0.2", "192.0.2.1"),
        (PROXY, "10.0.0.3, 10.0.0.2", "10.0.0.3"),
        (PROXY, "192.0.2.1:51234", "192.0.2.1"),
        (PROXY, "[2001:DB8::1]:51234", "2001:db8::1"),
        (PROXY, "::ffff:192.0.2.1", "192.0.2.1"),
        (PROXY, "192.0.2.1, ::ffff:10.0.0.2", "192.0.2.1"),
        (PROXY, ",,192.0.2.1", "192.0.2.1"),
        (PROXY, "192.0.2.1,", PROXY),
        (PROXY, "unknown", PROXY),
        ("::ffff:10.0.0.1", "192.0.2.1", "192.0.2.1"),
        ("::ffff:198.51.100.9", "192.0.2.1", PEER),
    ],
)
def test_behind_proxies_the_nearest_stranger_counts(peer: str, forwarded: str, address: str) -> None:
    assert seen(peer, forwarded) == address


@pytest.mark.usefixtures("_behind_proxies")
@pytest.mark.parametrize(
    "name", ["X_REAL_IP", "FORWARDED", "CLIENT_IP", "X_CLIENT_IP", "TRUE_CLIENT_IP", "CF_CONNECTING_IP"]
)
def test_no_other_header_is_believed(name: str) -> None:
    claims = {"REMOTE_ADDR": PROXY, "HTTP_X_FORWARDED_FOR": "192.0.2.1", f"HTTP_{name}": "203.0.113.66"}

    assert client_address_of(claims) == "192.0.2.1"


def test_a_peer_without_an_address_stays_what_it_is() -> None:
    assert (seen("", "192.0.2.1"), seen("unix:", "192.0.2.1")) == ("", "unix:")
