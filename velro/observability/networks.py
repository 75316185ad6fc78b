"""Networks as operators write them (CIDR), and whether an address is in one of many."""

from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final

KEPT_ADDRESSES: Final = 8192
IPV4_BITS: Final = 32
IPV6_BITS: Final = 128
MAPPED_BITS: Final = 96
IPV6: Final = 6
MAPPED: Final = IPv6Network("::ffff:0:0/96")
# The smallest block that one customer gets: whoever has it can send from any of its 2^64 addresses.
IPV6_SUBSCRIBER_BITS: Final = 64


class NetworkSet:
    """A look-up costs one probe for each different prefix length, however many networks there are."""

    def __init__(self, names: Iterable[str]) -> None:
        self._prefixes: dict[tuple[int, int], set[int]] = defaultdict(set)
        for name in names:
            network = parse_network(name)
            host_bits = network.max_prefixlen - network.prefixlen
            self._prefixes[network.version, host_bits].add(int(network.network_address) >> host_bits)

    def __contains__(self, address: str) -> bool:
        """False for what is no address at all."""
        if not self._prefixes:
            return False
        version, number = _number_of(address)
        return any(
            number >> host_bits in prefixes
            for (of_version, host_bits), prefixes in self._prefixes.items()
            if of_version == version
        )

    def __bool__(self) -> bool:
        return bool(self._prefixes)


@lru_cache(maxsize=16)
def networks_of(names: tuple[str, ...]) -> NetworkSet:
    """The networks of a setting, parsed once."""
    return NetworkSet(names)


def parse_network(name: str) -> IPv4Network | IPv6Network:
    """A network or a single address; a block of IPv4 addresses written as IPv6 is the IPv4 block.

    Raises ValueError.
    """
    network = ip_network(name)
    if isinstance(network, IPv6Network) and network.subnet_of(MAPPED):
        number = int(network.network_address) & (2**IPV4_BITS - 1)
        return IPv4Network((number, network.prefixlen - MAPPED_BITS))
    return network


@lru_cache(maxsize=KEPT_ADDRESSES)
def canonical_address(text: str) -> str | None:
    """The one spelling of an address: no port, zone, brackets or capitals, and IPv4 within IPv6 as IPv4.

    None for what is no address.
    """
    host = text.strip()
    if host.startswith("["):
        host = host[1:].partition("]")[0]
    elif host.count(":") == 1:
        host = host.partition(":")[0]
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


@lru_cache(maxsize=KEPT_ADDRESSES)
def subscriber_of(address: str) -> str:
    """What counts as one client: the address itself, or the /64 of an IPv6 address. Other text stays as it is."""
    version, number = _number_of(address)
    if version != IPV6:
        return address
    host_bits = IPV6_BITS - IPV6_SUBSCRIBER_BITS
    return str(IPv6Network((number >> host_bits << host_bits, IPV6_SUBSCRIBER_BITS)))


@lru_cache(maxsize=KEPT_ADDRESSES)
def is_public_address(address: str) -> bool:
    """Whether the address is reached over the Internet, so that it belongs to a country."""
    canonical = canonical_address(address)
    return canonical is not None and ip_address(canonical).is_global


@lru_cache(maxsize=KEPT_ADDRESSES)
def _number_of(address: str) -> tuple[int, int]:
    canonical = canonical_address(address)
    if canonical is None:
        return 0, 0
    parsed = ip_address(canonical)
    return parsed.version, int(parsed)
