"""Django's caches: one for whatever may be lost, and one, with short time-outs, that processes share decisions by."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as LostConnection
from redis.retry import Retry

BACKEND: Final = "django_redis.cache.RedisCache"
SINGLE_SCHEMES: Final = {"redis", "rediss", "unix"}
SENTINEL_SCHEMES: Final = {"redis+sentinel"}
CLUSTER_SCHEMES: Final = {"redis+cluster", "rediss+cluster"}
SENTINEL_PORT: Final = 26379
PORT: Final = 6379


def caches_from(redis_url: str, *, shared_url: str, shared_timeout: float) -> dict[str, Any]:
    """The setting CACHES. Raises ValueError for an address that leads nowhere."""
    return {
        "default": {
            "BACKEND": BACKEND,
            "LOCATION": redis_url,
            "OPTIONS": {
                "SERIALIZER": "django_redis.serializers.json.JSONSerializer",
                "SOCKET_CONNECT_TIMEOUT": 1,
                "SOCKET_TIMEOUT": 1,
            },
        },
        "decisions": shared_cache_from(shared_url or redis_url, timeout=shared_timeout),
    }


def shared_cache_from(url: str, *, timeout: float) -> Mapping[str, Any]:
    """One server, or `redis+sentinel://host:port,host:port/service?db=0`, or `redis+cluster://host:port,host:port`.

    Nobody waits for it longer than `timeout`, in seconds. Raises ValueError for anything else.
    """
    parts = urlsplit(url)
    if parts.scheme in SINGLE_SCHEMES:
        return _cache(url, {"CONNECTION_FACTORY": "velro.caching.connections.SingleConnections"}, timeout=timeout)
    if parts.scheme in SENTINEL_SCHEMES:
        return _behind_sentinels(parts, timeout=timeout)
    if parts.scheme in CLUSTER_SCHEMES:
        nodes = _places(parts, default_port=PORT)
        options: dict[str, Any] = {
            "CONNECTION_FACTORY": "velro.caching.connections.ClusterConnections",
            "NODES": nodes,
            "TLS": parts.scheme == "rediss+cluster",
        }
        # Commas would separate replicas, and the nodes say themselves who else there is.
        return _cache(
            "cluster:" + ";".join(f"{host}:{port}" for host, port in nodes), options | _account(parts), timeout=timeout
        )
    raise ValueError(
        "must begin with redis://, rediss://, unix://, redis+sentinel://, redis+cluster:// or rediss+cluster://"
    )


def _behind_sentinels(parts: SplitResult, *, timeout: float) -> Mapping[str, Any]:
    service, database = parts.path.strip("/"), parse_qs(parts.query).get("db", ["0"])[0]
    if not service or not database.isdecimal():
        raise ValueError(
            "must name the service behind the Sentinels: redis+sentinel://host:port,host:port/service?db=0"
        )
    options: dict[str, Any] = {
        "CLIENT_CLASS": "django_redis.client.SentinelClient",
        "CONNECTION_FACTORY": "velro.caching.connections.SentinelConnections",
        "SENTINELS": _places(parts, default_port=SENTINEL_PORT),
    }
    return _cache(f"redis://{service}/{database}", options | _account(parts), timeout=timeout)


def _cache(location: str, options: Mapping[str, Any], *, timeout: float) -> Mapping[str, Any]:
    # A server that was restarted leaves dead connections in the pool; after a time-out nobody tries again.
    retry = Retry(NoBackoff(), 1, supported_errors=(LostConnection,))
    return {
        "BACKEND": BACKEND,
        "LOCATION": location,
        "KEY_PREFIX": "velro",
        "OPTIONS": {
            "SERIALIZER": "velro.caching.connections.RawValues",
            "SOCKET_CONNECT_TIMEOUT": timeout,
            "SOCKET_TIMEOUT": timeout,
            "CONNECTION_POOL_KWARGS": {"retry": retry},
            **options,
        },
    }


def _places(parts: SplitResult, *, default_port: int) -> list[tuple[str, int]]:
    found = [urlsplit(f"//{place}") for place in parts.netloc.rpartition("@")[2].split(",")]
    places = [(place.hostname or "", place.port or default_port) for place in found]
    if not all(host for host, _ in places):
        raise ValueError("must name hosts, separated by commas")
    return places


def _account(parts: SplitResult) -> dict[str, Any]:
    name, _, password = parts.netloc.rpartition("@")[0].partition(":")
    return {key: unquote(value) for key, value in (("USERNAME", name), ("PASSWORD", password)) if value}
