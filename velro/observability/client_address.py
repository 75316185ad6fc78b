"""Whose request this is, seen through trusted proxies only: a client cannot choose its own address."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any

from django.conf import settings


@lru_cache(maxsize=8)
def networks_of(names: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    """CIDR texts as networks; parsed once per setting."""
    return tuple(ip_network(name) for name in names)


def client_address_of(meta: Mapping[str, Any]) -> str:
    """The right-most address that is not one of our proxies. `meta` is a WSGI environment or `request.META`."""
    trusted = networks_of(settings.ENVIRONMENT.trusted_proxies)
    address = str(meta.get("REMOTE_ADDR", ""))
    for claimed in reversed(str(meta.get("HTTP_X_FORWARDED_FOR", "")).split(",")):
        if not is_in_networks(address, trusted) or not is_address(claimed.strip()):
            break
        address = claimed.strip()
    return address


def is_in_networks(address: str, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    """False for what is no address at all."""
    if not networks or not is_address(address):
        return False
    parsed = ip_address(address)
    real = (parsed.ipv4_mapped or parsed) if isinstance(parsed, IPv6Address) else parsed
    return any(real in network for network in networks)


def is_address(text: str) -> bool:
    """IPv4 or IPv6, without a port."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
