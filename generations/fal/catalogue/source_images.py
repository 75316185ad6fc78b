"""Which addresses may be handed to FAL as a source image: public ones, and small images inside the address itself."""

import re
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from generations.fal.access import is_loopback, sandbox_host

DATA_URI: Final = re.compile(r"data:image/(?:jpeg|png|webp);base64,[A-Za-z0-9+/]+={0,2}")
PRIVATE_SUFFIXES: Final = (".localhost", ".local", ".internal", ".lan", ".home", ".arpa", ".test", ".invalid")
# Without a name as its last label a host is some spelling of an IP address, such as 127.1 or 0x7f000001.
PUBLIC_NAME: Final = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+(?:[a-z][a-z0-9-]{1,62})", re.IGNORECASE)


def is_acceptable_image_url(value: object) -> bool:
    """Whether FAL may be asked to read this address. Names are not resolved: it is FAL that connects."""
    if not isinstance(value, str):
        return True  # the type is another rule's concern
    if value.startswith("data:"):
        return DATA_URI.fullmatch(value) is not None
    try:
        parts = urlsplit(value)
        host, has_port = parts.hostname or "", parts.port is not None
    except ValueError:
        return False
    if not value.isascii() or any(character <= " " for character in value) or "@" in parts.netloc or "\\" in value:
        return False
    if parts.scheme == "http":
        return sandbox_host() is not None and is_loopback(host)
    return parts.scheme == "https" and not (has_port and parts.port == 0) and _is_public(host)


def _is_public(host: str) -> bool:
    try:
        return ip_address(host).is_global
    except ValueError:
        name = host.rstrip(".").lower()
        return PUBLIC_NAME.fullmatch(name) is not None and not name.endswith(PRIVATE_SUFFIXES)
