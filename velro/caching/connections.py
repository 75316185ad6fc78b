"""How django-redis reaches the server of shared values: a single one, one that Sentinels name, or a cluster.

Each keeps pools of its own: django-redis knows pools by their address alone, whatever time-outs they were made with.
"""

from threading import Lock
from typing import Any, ClassVar, Final

from django_redis.pool import ConnectionFactory, SentinelConnectionFactory
from django_redis.serializers.base import BaseSerializer
from redis.cluster import ClusterNode, RedisCluster


class RawValues(BaseSerializer):  # type: ignore[misc]  # django-redis publishes no types
    """Bytes as they are."""

    def dumps(self, value: Any) -> bytes:
        """As it is."""
        return bytes(value)

    def loads(self, value: bytes) -> Any:
        """As it is."""
        return value


class SingleConnections(ConnectionFactory):  # type: ignore[misc]  # as above
    """To one server."""

    _pools: ClassVar[dict[str, Any]] = {}


class SentinelConnections(SentinelConnectionFactory):  # type: ignore[misc]  # as above
    """To the server that the Sentinels name as the primary."""

    _pools: ClassVar[dict[str, Any]] = {}


class Cluster(RedisCluster):
    """A client of one, that can be asked for values of several places at once."""

    def mget(self, keys: Any, *args: Any) -> Any:
        """What each place is asked in its turn, in one pipeline."""
        return self.mget_nonatomic(keys, *args)


class ClusterConnections(ConnectionFactory):  # type: ignore[misc]  # as above
    """To a cluster, whose client has a pool for each node and so is one for the process.

    OPTIONS name the first `NODES` as pairs of host and port, and whether to use `TLS`.
    """

    def connect(self, url: str) -> Any:
        """The client. Raises RedisClusterException while no node answers."""
        options = self.make_connection_params(url) | self.pool_cls_kwargs
        del options["url"], options["parser_class"]
        with _connecting:
            if url not in _clusters:
                nodes = [ClusterNode(*node) for node in self.options["NODES"]]  # type: ignore[no-untyped-call]  # redis-py
                _clusters[url] = Cluster(startup_nodes=nodes, ssl=self.options["TLS"], **options)
            return _clusters[url]


_clusters: Final[dict[str, Cluster]] = {}
_connecting: Final = Lock()
