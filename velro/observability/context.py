"""The identity of the unit of work that runs now: a request or a task. Logs, errors and audit records carry it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from random import getrandbits

import structlog

ACCEPTABLE_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")


def accept_request_id(offered: str | None) -> str:
    """The offered id if it is 1 to 128 of `[A-Za-z0-9._-]`, else a new one."""
    if offered and ACCEPTABLE_REQUEST_ID.fullmatch(offered):
        return offered
    # No secret, and asking the system for chance would let other threads in between.
    return f"{getrandbits(128):032x}"


def current_request_id() -> str:
    """Id of the running request or task; empty outside of both."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


@contextmanager
def work_context(**values: str) -> Iterator[None]:
    """Run a block with these values in every log line. Leaves nothing behind for the next unit of work."""
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(**values)
    try:
        yield
    finally:
        structlog.contextvars.clear_contextvars()
