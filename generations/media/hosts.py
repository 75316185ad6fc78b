"""The guard before every download: an address named by a stranger must not become a request into our own network."""

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

import httpx
from django.conf import settings

from generations.fal.access import sandbox_host
from generations.media.errors import OutputRejected, OutputUnavailable

DEFAULT_PORTS: Final = {"https": 443, "http": 80}
MAX_ADDRESSES = 4


@dataclass(frozen=True, slots=True)
class CheckedTarget:
    """A URL whose host was allowed and resolved. Connections go to `addresses`, so a second look-up cannot differ."""

    url: httpx.URL
    addresses: tuple[str, ...]


def checked_target(text: str) -> CheckedTarget:
    """Raises OutputRejected with `output_host_refused`, or OutputUnavailable when the name does not resolve."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL:
        raise _refused() from None
    port = url.port or DEFAULT_PORTS.get(url.scheme, 0)
    is_sandbox = f"{url.host}:{port}" == sandbox_host()
    if url.userinfo or not url.host or not (is_sandbox or _is_media_host(url, port)):
        raise _refused()
    if url.scheme != "https" and not (is_sandbox and url.scheme == "http"):
        raise _refused()
    addresses = _resolve(url.host, port)
    if not is_sandbox and not all(_is_public(address) for address in addresses):
        raise _refused()
    return CheckedTarget(url, addresses)


def _is_media_host(url: httpx.URL, port: int) -> bool:
    allowed = {host.lower() for host in settings.ENVIRONMENT.fal_media_hosts}
    name = url.host.lower()
    return f"{name}:{port}" in allowed or (port == DEFAULT_PORTS["https"] and name in allowed)


def _resolve(host: str, port: int) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise OutputUnavailable("output_unreachable", "The provider's media host cannot be found.") from None
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))[:MAX_ADDRESSES]


def _is_public(text: str) -> bool:
    address = ip_address(text.partition("%")[0])
    return address.is_global and not address.is_multicast


def _refused() -> OutputRejected:
    return OutputRejected("output_host_refused", "The provider named a file at an address that is not trusted.")
