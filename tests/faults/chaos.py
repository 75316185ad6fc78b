"""What can be done to a running copy. Each strike is chosen and timed by the seed of a run."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psutil
import psycopg
import redis

from tests.support.live import LiveCopy

# Faults of FAL that are over by themselves: every job must complete in spite of them.
PASSING_FAULTS = (
    "drop_before_accept",
    "drop_after_accept",
    "slow_submit",
    "answer_lost_after_timeout",
    "unavailable_503",
    "bad_gateway_502",
    "rate_limited_429",
    "webhook_dropped",
    "webhook_doubled",
    "webhook_early",
    "webhook_delayed",
    "webhook_forged",
    "null_payload_webhook",
    "back_to_queue",
    "file_truncated",
)
LATEST_STRIKE = 1.2


@dataclass(frozen=True)
class Target:
    """A running copy as an enemy sees it."""

    process: psutil.Process
    copy: LiveCopy

    def processes(self, *words: str) -> list[psutil.Process]:
        """Descendants of the copy whose command line holds all the words."""
        return [process for process in self._descendants() if all(word in _command(process) for word in words)]

    def _descendants(self) -> Iterator[psutil.Process]:
        try:
            yield from self.process.children(recursive=True)
        except psutil.NoSuchProcess:
            return


def _command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def kill_one_task_process(target: Target, chance: random.Random) -> None:
    """One of the worker's children, in the middle of whatever it does."""
    children = [child for parent in target.processes("celery", "worker") for child in _children(parent)]
    _kill(chance.choice(children)) if children else None


def kill_worker(target: Target, _chance: random.Random) -> None:
    """The worker and all its children."""
    for process in target.processes("celery", "worker"):
        _kill(process)


def kill_web(target: Target, _chance: random.Random) -> None:
    """The web server, in the middle of requests."""
    for process in target.processes("granian"):
        _kill(process)


def kill_broker(target: Target, _chance: random.Random) -> None:
    """Valkey, with whatever it did not write yet."""
    for process in target.processes("valkey-server"):
        _kill(process)


def flush_broker(target: Target, _chance: random.Random) -> None:
    """Everything Valkey holds: messages, unacknowledged ones, caches."""
    try:
        with redis.Redis.from_url(target.copy.addresses["REDIS_URL"], socket_timeout=2) as client:
            client.flushall()
    except redis.RedisError:
        return


def cut_database_connections(target: Target, _chance: random.Random) -> None:
    """Every connection of every process, in the middle of transactions."""
    try:
        with psycopg.connect(target.copy.addresses["DATABASE_URL"], autocommit=True, connect_timeout=2) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
    except psycopg.Error:
        return


def kill_database(target: Target, _chance: random.Random) -> None:
    """PostgreSQL, which recovers from its log."""
    for process in target.processes("postgres", "-D"):
        _kill(process)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return


Strike = Callable[[Target, random.Random], None]
# Killing a whole server is slow to come back from, so it happens less often than a killed task.
STRIKES: tuple[tuple[Strike, int], ...] = (
    (kill_one_task_process, 8),
    (flush_broker, 4),
    (cut_database_connections, 4),
    (kill_worker, 3),
    (kill_broker, 2),
    (kill_web, 2),
    (kill_database, 1),
)


def strike_at_random(target: Target, chance: random.Random) -> str:
    """Wait a moment, strike once, say what was done."""
    time.sleep(chance.uniform(0, LATEST_STRIKE))
    strikes, weights = zip(*STRIKES, strict=True)
    strike: Strike = chance.choices(strikes, weights)[0]
    strike(target, chance)
    return strike.__name__
