"""The counters on Valkey: the library's own scripts, all of a request's in one round trip.

A sliding window of two counters, not a log of requests: it holds two numbers for a caller however high the quota is,
and errs by no more than how unevenly the previous period was used. Each script runs alone on the server, so two
processes cannot both take the last request.
"""

from collections.abc import Sequence
from typing import Any

from limits.storage import RedisStorage
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ValkeyConnectionError
from redis.exceptions import NoScriptError
from redis.retry import Retry

from velro.rate_limits.limits import Charge
from velro.rate_limits.standing import Standing, Window, standing_of

MILLISECONDS = 1000
PREFIX = "velro:rate"
TIMEOUT = 0.5


class ValkeyCounters(RedisStorage):
    """One per process; connects when it is first asked."""

    def __init__(self, address: str) -> None:
        # One more try, because a server that was restarted leaves dead connections in the pool; none after a time-out.
        retry = Retry(NoBackoff(), 1, supported_errors=(ValkeyConnectionError,))
        options: dict[str, Any] = {"socket_timeout": TIMEOUT, "socket_connect_timeout": TIMEOUT, "retry": retry}
        super().__init__(address, key_prefix=PREFIX, **options)

    def take(self, charges: Sequence[Charge], *, units: Sequence[int]) -> tuple[Standing, ...]:
        """Count so many requests under each charge, or none of them, and look where that leaves it.

        Raises RedisError.
        """
        try:
            answers = self._send(charges, units)
        except NoScriptError:
            self._load_scripts()
            answers = self._send(charges, units)
        return tuple(
            standing_of(charge.limit, _window_of(counters, charge.limit.window), is_accepted=bool(accepted))
            for charge, accepted, counters in zip(charges, answers[::2], answers[1::2], strict=True)
        )

    def _send(self, charges: Sequence[Charge], units: Sequence[int]) -> list[Any]:
        with self.storage.pipeline(transaction=False) as pipeline:
            for charge, amount in zip(charges, units, strict=True):
                key, quota, window = charge.key, charge.limit.quota, charge.limit.window
                keys = (
                    self.prefixed_key(self._previous_window_key(key)),
                    self.prefixed_key(self._current_window_key(key)),
                )
                pipeline.evalsha(self.lua_acquire_sliding_window.sha, 2, *keys, quota, window, amount)
                pipeline.evalsha(self.lua_sliding_window.sha, 2, *keys, window)
            return list(pipeline.execute())

    def _load_scripts(self) -> None:
        for script in (self.lua_acquire_sliding_window, self.lua_sliding_window):
            self.storage.script_load(script.script)


def _window_of(counters: Sequence[Any], length: int) -> Window:
    """`counters` as the script answers: two numbers of requests, each with its time to live in milliseconds."""
    previous, previous_left, current, current_left = (max(0, int(value or 0)) for value in counters)
    # The running period is stored for twice its length, so that it can be read as the previous one.
    return Window(previous, previous_left / MILLISECONDS, current, max(0.0, current_left / MILLISECONDS - length))
