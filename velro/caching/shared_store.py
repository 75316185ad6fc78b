"""Values that processes of this Velro share, on Redis or Valkey: never needed, never waited for, never believed."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import structlog
from django.core.cache import caches
from redis.exceptions import RedisClusterException, RedisError

from velro.caching.breaker import Breaker

log = structlog.get_logger(__name__)

ALIAS: Final = "decisions"
OUTAGES: Final = (RedisError, RedisClusterException, OSError)


class SharedStore:
    """The cache of that alias, behind a breaker. `failures` counts what was asked in vain."""

    def __init__(self, breaker: Breaker, *, alias: str = ALIAS) -> None:
        self.breaker = breaker
        self.failures = 0
        self._alias = alias

    def fetch(self, names: Sequence[str]) -> Mapping[str, Any] | None:
        """What is there, in one round trip, of any type and by anybody; None if nobody could say."""
        if not self.breaker.lets_through():
            return None
        try:
            found: Mapping[str, Any] = caches[self._alias].get_many(names)
        except OUTAGES as error:
            self._fail(error)
            return None
        self.breaker.succeed()
        return found

    def store(self, values: Mapping[str, bytes], *, seconds: int) -> bool:
        """Leave them there for so long, in one round trip. Returns whether that went well."""
        if not self.breaker.lets_through():
            return False
        try:
            caches[self._alias].set_many(dict(values), timeout=seconds)
        except OUTAGES as error:
            self._fail(error)
            return False
        self.breaker.succeed()
        return True

    def _fail(self, error: Exception) -> None:
        self.failures += 1
        if self.breaker.fail():
            log.warning("shared_cache_away", error=type(error).__name__)
