"""One spelling for each address, and look-ups that do not care how an address is written."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from velro.observability.networks import NetworkSet, canonical_address, is_public_address, parse_network, subscriber_of

NETWORKS = ("10.0.0.0/8", "203.0.113.7", "2001:db8::/32", "::ffff:192.0.2.0/120", "198.51.100.0/25")
addresses = st.ip_addresses(v=4) | st.ip_addresses(v=6)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1 ", "192.0.2.1"),
        ("192.0.2.1:4711", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:C000:201", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:443", "192.0.2.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        *(
            (text, None)
            for text in ("", "unknown", "_hidden", "192.0.2", "192.0.2.256", "0300.0.2.1", "3221225985", "::g")
        ),
    ],
)
def test_an_address_has_one_spelling(text: str, address: str | None) -> None:
    assert canonical_address(text) == address


@given(addresses)
def test_a_set_of_networks_agrees_with_looking_at_each(address: IPv4Address | IPv6Address) -> None:
    real = ip_address(canonical_address(str(address)) or "")
    expected = any(real in parse_network(name) for name in NETWORKS)

    assert (str(address) in NetworkSet(NETWORKS)) is expected


@pytest.mark.parametrize(
    "address", ["10.255.0.1", "::ffff:10.0.0.1", "203.0.113.7", "2001:db8:ffff::1", "192.0.2.200", "198.51.100.127"]
)
def test_members_are_found(address: str) -> None:
    assert address in NetworkSet(NETWORKS)


@pytest.mark.parametrize("address", ["11.0.0.1", "203.0.113.8", "2001:db9::1", "198.51.100.128", "::a00:1", "", "x"])
def test_others_are_not(address: str) -> None:
    assert address not in NetworkSet(NETWORKS)


def test_everything_is_a_network_too() -> None:
    assert "192.0.2.1" in NetworkSet(["0.0.0.0/0"])
    assert "2001:db8::1" not in NetworkSet(["0.0.0.0/0"])
    assert not NetworkSet([])


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_all_addresses_of_a_subscriber_count_as_one(first: int, second: int) -> None:
    block = int(IPv6Address("2001:db8:0:7::"))

    assert subscriber_of(str(IPv6Address(block + first))) == subscriber_of(str(IPv6Address(block + second)))
    assert IPv6Address(block + first) in ip_network(subscriber_of(str(IPv6Address(block + first))))


def test_subscribers_are_told_apart() -> None:
    assert subscriber_of("2001:db8:0:1::1") != subscriber_of("2001:db8:0:2::1")
    assert [subscriber_of(text) for text in ("192.0.2.1", "192.0.2.2", "nonsense")] == [
        "192.0.2.1",
        "192.0.2.2",
        "nonsense",
    ]


def test_private_addresses_are_not_public() -> None:
    assert [is_public_address(text) for text in ("8.8.8.8", "10.0.0.1", "::1", "fe80::1", "2606:4700::1", "x")] == [
        True, False, False, False, True, False,
    ]  # fmt: skip
