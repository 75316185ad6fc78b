"""Connections closed early, which no well-behaved server lets an application do.

The server owns its sockets, so they are looked up among the open file descriptors by the address of the caller.
"""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class DroppedConnection(Response):
    """Closes the connection without an answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hang up first; what the server then tries to send goes nowhere."""
        hang_up(scope)
        await super().__call__(scope, receive, send)


def hang_up(scope: Scope) -> None:
    """Shut down the connection this call came in on."""
    host, port = scope["client"]
    for entry in Path("/dev/fd").iterdir():
        connection = _socket_at(int(entry.name))
        if connection is None:
            continue
        with connection:
            if _peer_of(connection) == (host, int(port)):
                connection.shutdown(socket.SHUT_RDWR)
                return


def _socket_at(descriptor: int) -> socket.socket | None:
    """A duplicate of the socket behind a descriptor; None, and nothing left open, where there is no socket."""
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return None
        return socket.socket(fileno=os.dup(descriptor))
    except OSError:
        return None


def _peer_of(connection: socket.socket) -> tuple[str, int] | None:
    try:
        address = connection.getpeername()
    except OSError:
        return None
    return address[:2] if isinstance(address, tuple) else None
