"""Whether this copy lives, may get traffic, and how it feels. Public callers learn a word and a version, no more."""

from collections.abc import Callable, Mapping
from functools import cache
from threading import Lock
from time import monotonic
from typing import Any, ClassVar

import structlog
from celery import current_app
from django.core.cache import caches
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from velro import __version__
from velro.api.declarations import PUBLIC, Answer
from velro.api.views import ApiView
from velro.errors import ServiceUnavailable

log = structlog.get_logger(__name__)

BROKER_TIMEOUT = 1
SECONDS_BETWEEN_LOOKS = 1.0
WORDS = ("ok", "degraded")


class HealthOutput(serializers.Serializer[Any]):
    """`status` is ok or degraded: degraded still serves, more slowly."""

    status = serializers.ChoiceField(choices=WORDS)
    version = serializers.CharField()


def database_answers() -> None:
    """Raises DatabaseError."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


@cache
def migrations_are_applied() -> None:
    """Raises ServiceUnavailable while the schema is behind the code. Once it is not, it stays so: not asked again."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise ServiceUnavailable("Migrations are pending.")


def cache_answers() -> None:
    """Raises RedisError or OSError."""
    caches["default"].get("health")


def broker_answers() -> None:
    """Raises kombu's OperationalError or OSError."""
    with current_app.connection_for_write(connect_timeout=BROKER_TIMEOUT) as broker:
        broker.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT)


CHECKS: Mapping[str, Callable[[], None]] = {
    "database": database_answers,
    "migrations": migrations_are_applied,
    "cache": cache_answers,
    "broker": broker_answers,
}
REQUIRED = frozenset({"database", "migrations"})


class Verdict:
    """What the checks said lately, so that a flood of probes costs one look a second."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.forget()

    def forget(self) -> None:
        """The next question is answered by a look."""
        self._failing: frozenset[str] | None = None
        self._looked_at = 0.0

    def failing_parts(self) -> frozenset[str]:
        """Names of the checks that failed at the last look. Only the first of all questions waits for a look."""
        if self._lock.acquire(blocking=self._failing is None):
            try:
                if self._failing is None or monotonic() - self._looked_at > SECONDS_BETWEEN_LOOKS:
                    self._failing, self._looked_at = look(), monotonic()
            finally:
                self._lock.release()
        return self._failing or frozenset()


def look() -> frozenset[str]:
    """Run every check now. Each is bounded by the time limits of its connection."""
    failing = set()
    for name, check in CHECKS.items():
        try:
            check()
        except (DatabaseError, RedisError, OperationalError, OSError, ServiceUnavailable) as error:
            log.warning("health_check_failed", part=name, error=type(error).__name__)
            failing.add(name)
    return frozenset(failing)


verdict = Verdict()


class LivenessView(ApiView):
    """The process answers. Touches nothing else, so a broken database never restarts a healthy process."""

    authentication_classes = ()
    is_probe = True
    actions: ClassVar = {"get": PUBLIC}
    outputs: ClassVar = {"get": Answer(200, HealthOutput)}

    def get(self, _request: Request) -> Response:
        """Say that the process answers. Touches nothing else."""
        return self.answer({"status": "ok", "version": __version__})


class ReadinessView(ApiView):
    """The copy may get traffic: 503 takes it out of rotation. Without the cache or the broker it still may."""

    authentication_classes = ()
    is_probe = True
    actions: ClassVar = {"get": PUBLIC}
    outputs: ClassVar = {"get": Answer(200, HealthOutput)}

    def get(self, _request: Request) -> Response:
        """Say whether this copy may get traffic. 503 takes it out of rotation; degraded still serves, more slowly."""
        failing = verdict.failing_parts()
        if failing & REQUIRED:
            raise ServiceUnavailable("This copy is not ready to serve.")
        return self.answer({"status": "degraded" if failing else "ok", "version": __version__})


class StatusView(ReadinessView):
    """The word on the status page. Operators' figures come with the metrics."""

    is_probe = False

    def get(self, request: Request) -> Response:
        """Show the word of the status page. Operators' figures come with the metrics."""
        return super().get(request)
