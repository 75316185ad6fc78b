"""One server, one behind Sentinels, or a cluster: the address says which, and values go there and back."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from django.core.cache import caches
from pytest_django.fixtures import Settings
from redis import Redis
from redis.cluster import RedisCluster
from redis.exceptions import RedisError
from redis.sentinel import SentinelConnectionPool

from tests.support.live import free_port
from velro.caching.breaker import Breaker, BreakerState
from velro.caching.shared_store import ALIAS, SharedStore
from velro.embedded.valkey import program
from velro.settings.caches import caches_from, shared_cache_from

LOCALHOST = "127.0.0.1"
VALUES = {"{a}1": b"\x00one", "{b}2": b"\xfftwo"}


def client() -> Any:
    return caches[ALIAS].client.get_client()  # type: ignore[attr-defined]  # django-redis


@contextmanager
def running(*options: str) -> Iterator[Any]:
    """A server of Valkey's on a port of its own; its client."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="velro-valkey-") as folder, ExitStack() as stack:
        process = subprocess.Popen(
            [program(), *options, "--port", str(port), "--bind", LOCALHOST, "--dir", folder],
            stdout=subprocess.DEVNULL,
        )
        stack.callback(process.wait)
        stack.callback(process.kill)
        server = Redis(host=LOCALHOST, port=port)
        wait_for(server.ping)
        yield server


def wait_for(condition: Callable[[], Any]) -> None:
    for _ in range(1_000):
        try:
            if condition():
                return
        except RedisError:
            pass
        sleep(0.02)
    raise AssertionError("it never came true")


def port_of(server: Any) -> int:
    return int(server.connection_pool.connection_kwargs["port"])


def use(settings: Settings, url: str, *, timeout: float = 5) -> None:
    settings.CACHES = {**settings.CACHES, ALIAS: shared_cache_from(url, timeout=timeout)}


def go_there_and_back() -> None:
    store = SharedStore(Breaker())
    assert store.store(VALUES, seconds=60)
    assert store.fetch([*VALUES, "{a}3"]) == VALUES
    assert store.failures == 0


def test_one_server(settings: Settings) -> None:
    use(settings, settings.ENVIRONMENT.redis_url)
    go_there_and_back()


def test_it_has_a_pool_of_its_own_with_its_own_time_out(settings: Settings) -> None:
    address = "unix:///nowhere.sock"
    settings.CACHES = caches_from(address, shared_url="", shared_timeout=0.05)
    default = caches["default"].client.get_client()  # type: ignore[attr-defined]  # django-redis

    assert client().connection_pool is not default.connection_pool
    assert client().connection_pool.connection_kwargs["socket_timeout"] == 0.05
    assert default.connection_pool.connection_kwargs["socket_timeout"] == 1


def test_behind_sentinels(settings: Settings) -> None:
    with running() as primary, tempfile.TemporaryDirectory(prefix="velro-sentinel-") as folder:
        written = Path(folder, "sentinel.conf")
        written.write_text(f"sentinel monitor velro {LOCALHOST} {port_of(primary)} 1\n")
        with running(str(written), "--sentinel") as sentinel:
            use(settings, f"redis+sentinel://{LOCALHOST}:{port_of(sentinel)}/velro?db=3")
            go_there_and_back()

            assert isinstance(client().connection_pool, SentinelConnectionPool)
            assert primary.info("keyspace")["db3"]["keys"] == len(VALUES)


def test_a_cluster(settings: Settings) -> None:
    # Ten thousand above its own, where it would look for the other nodes, there may be no port.
    with running("--cluster-enabled", "yes", "--cluster-port", str(free_port())) as node:
        node.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16_383)
        wait_for(lambda: node.cluster("info")["cluster_state"] == "ok")
        use(settings, f"redis+cluster://{LOCALHOST}:{port_of(node)}")
        wait_for(lambda: isinstance(client(), RedisCluster) and client().ping())
        go_there_and_back()

        assert node.dbsize() == len(VALUES)
        assert len({node.cluster("keyslot", key) for key in VALUES}) > 1, "asked for at once, and not in one place"


@pytest.mark.parametrize("scheme", ["redis://{}", "redis+sentinel://{}/velro", "redis+cluster://{}"])
def test_where_nobody_answers_nothing_is_found_and_the_breaker_opens(settings: Settings, scheme: str) -> None:
    use(settings, scheme.format(f"{LOCALHOST}:{free_port()}"), timeout=0.05)
    store = SharedStore(Breaker(failures=2))

    assert store.fetch(["a"]) is None
    assert not store.store({"a": b"1"}, seconds=60)
    assert (store.failures, store.breaker.state) == (2, BreakerState.OPEN)
    assert store.fetch(["a"]) is None
    assert store.failures == 2


def test_sentinels_and_nodes_are_taken_from_the_address() -> None:
    sentinels: Any = shared_cache_from("redis+sentinel://me:p%40ss@a:1,b/velro?db=2", timeout=0.1)
    assert sentinels["LOCATION"] == "redis://velro/2"
    assert sentinels["OPTIONS"]["SENTINELS"] == [("a", 1), ("b", 26379)]
    assert (sentinels["OPTIONS"]["USERNAME"], sentinels["OPTIONS"]["PASSWORD"]) == ("me", "p@ss")

    cluster: Any = shared_cache_from("rediss+cluster://[::1]:7000,b", timeout=0.1)
    assert cluster["OPTIONS"]["NODES"] == [("::1", 7000), ("b", 6379)]
    assert cluster["OPTIONS"]["TLS"]
    assert "PASSWORD" not in cluster["OPTIONS"]


def test_without_an_address_of_its_own_it_is_that_of_the_other_cache() -> None:
    assert caches_from("redis://one", shared_url="", shared_timeout=1)[ALIAS]["LOCATION"] == "redis://one"
    assert caches_from("redis://one", shared_url="redis://two", shared_timeout=1)[ALIAS]["LOCATION"] == "redis://two"


@pytest.mark.parametrize(
    "url", ["memcached://a", "a:6379", "redis+sentinel://a:1", "redis+sentinel://a/velro?db=x", "redis+cluster://,a"]
)
def test_an_address_that_leads_nowhere_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="must"):
        shared_cache_from(url, timeout=1)
