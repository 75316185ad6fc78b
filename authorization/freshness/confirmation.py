"""A request that changed what decisions depend on is answered once every process has heard of it.

Who has not told that it heard, because it is stopped or cut off, has no lease any more one lease after the COMMIT. So
that is the longest anybody waits.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from time import sleep
from typing import Any, Final

import structlog
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponseBase

from authorization.freshness.announcements import ANNOUNCED
from authorization.freshness.listener import APPLICATION, LISTENER, LONGEST_LEASE_SECONDS, Listener, seconds_now

log = structlog.get_logger(__name__)

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
UNAUTHORIZED: Final = HTTPStatus.UNAUTHORIZED
SECONDS_BETWEEN_LOOKS: Final = 0.001
TAKE_ANNOUNCED: Final = f"SELECT current_setting('{ANNOUNCED}', true), set_config('{ANNOUNCED}', '', false)"
TOLD: Final = """
SELECT pid, query FROM pg_stat_activity WHERE application_name = %s AND datname = current_database()
"""


class ConfirmationMiddleware:
    """Sits outside of all that writes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer, when it is true for everybody. Reading changes nothing but a session that it brings to its end."""
        writing = Writing()
        with connection.execute_wrapper(writing):
            response = self.get_response(request)
        if writing.has_begun and (request.method not in SAFE_METHODS or response.status_code == UNAUTHORIZED):
            _confirm()
        return response


@contextmanager
def confirming() -> Iterator[None]:
    """Leave the block, also by way of an exception, when what was changed in it is true for everybody."""
    writing = Writing()
    try:
        with connection.execute_wrapper(writing):
            yield
    finally:
        if writing.has_begun:
            _confirm()


class Writing:
    """Notices, as a wrapper around every statement of a request, the first that may change something."""

    def __init__(self) -> None:
        self.has_begun = False

    def __call__(self, execute: Callable[..., Any], statement: str, *arguments: Any) -> Any:
        """Run the statement."""
        self.has_begun = self.has_begun or not statement.lstrip().startswith("SELECT")
        return execute(statement, *arguments)


def _confirm() -> None:
    if connection.connection is None:
        # It may have been lost with the answer to a COMMIT.
        sleep(LONGEST_LEASE_SECONDS)
    wait_until_heard(LISTENER)


def wait_until_heard(listener: Listener) -> None:
    """Return once no process answers from before what this thread's connection has committed and announced."""
    if connection.connection is None or connection.in_atomic_block:
        return
    deadline = seconds_now() + LONGEST_LEASE_SECONDS
    try:
        announced = _take_announced()
        if not announced or _all_told(announced, listener, deadline=deadline):
            return
    except DatabaseError as error:
        log.warning("freshness_unconfirmed", exc_info=error)
    sleep(max(deadline - seconds_now(), 0))


def _all_told(token: str, listener: Listener, *, deadline: float) -> bool:
    """Whether all have told in time. A process that was there a moment ago and is gone may still hold its lease."""
    while (recent := listener.recent_peers()) is not None and seconds_now() < deadline:
        told = _heartbeats()
        if not recent <= told.keys():
            return False
        if all(_tells(heartbeat, token) for heartbeat in told.values()):
            return True
        sleep(SECONDS_BETWEEN_LOOKS)
    return False


def _tells(heartbeat: str, token: str) -> bool:
    heard, _, _ = heartbeat.lstrip().removeprefix("SELECT '").partition("'")
    return token in heard.split()


def _take_announced() -> str:
    """The token of what this connection announced last, once."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_ANNOUNCED)
        announced, _ = cursor.fetchone()
    return announced or ""


def _heartbeats() -> dict[int, str]:
    with connection.cursor() as cursor:
        cursor.execute(TOLD, [APPLICATION])
        return dict(cursor.fetchall())
