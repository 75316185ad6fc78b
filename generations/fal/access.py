"""How this copy reaches FAL: addresses, key and time limits, read from the settings in one place."""

import ssl
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import ip_address

import httpx
from django.conf import settings

# Sandboxes accept any well-formed key. Real FAL answers 401 to this one.
DEVELOPMENT_KEY = "sandbox:sandbox"
CONNECT_TIMEOUT = 5.0


@dataclass(frozen=True, slots=True)
class FalAccess:
    """Times are in seconds. `key` is the `id:secret` pair."""

    queue_url: httpx.URL
    api_url: httpx.URL
    key: str = field(repr=False)
    submit_timeout: float
    answer_timeout: float
    start_timeout: float


def configured_access() -> FalAccess:
    """The access that the environment describes."""
    environment = settings.ENVIRONMENT
    return FalAccess(
        queue_url=httpx.URL(environment.fal_queue_url),
        api_url=httpx.URL(environment.fal_api_url),
        key=environment.fal_key.get_secret_value() if environment.fal_key else DEVELOPMENT_KEY,
        submit_timeout=environment.fal_submit_timeout,
        answer_timeout=environment.ai_service_timeout,
        start_timeout=float(environment.generation_deadline),
    )


def sandbox_host() -> str | None:
    """`host:port` of the queue when it is a sandbox on this machine, else None. Only that host may serve plain http."""
    url = httpx.URL(settings.ENVIRONMENT.fal_queue_url)
    return f"{url.host}:{url.port or 80}" if url.scheme == "http" and is_loopback(url.host) else None


@lru_cache(maxsize=1)
def tls_context() -> ssl.SSLContext:
    """The trusted certificates, read once: that costs more than a request does."""
    return httpx.create_ssl_context()


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_same_origin(left: httpx.URL, right: httpx.URL) -> bool:
    """Whether both URLs have one scheme, host and port. Default ports are equal to none."""
    return (left.scheme, left.host, left.port) == (right.scheme, right.host, right.port)
