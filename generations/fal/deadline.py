"""A wall-clock limit: httpx limits each read, and a peer that drips bytes could hold a worker for ever."""

import socket
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self


class Deadline:
    """Shuts the socket of a fresh connection down once `seconds` have passed.

    Hand `watch` to httpx as the `trace` extension. The interrupted read then fails like any broken connection.
    """

    def __init__(self, seconds: float) -> None:
        self._socket: socket.socket | None = None
        self._is_over = False
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()

    def watch(self, event: str, details: Mapping[str, Any]) -> None:
        """Learn the socket, first the plain one, then the one of TLS that replaces it."""
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._socket = details["return_value"].get_extra_info("socket")
            if self._is_over:
                self._shut_down()

    def _expire(self) -> None:
        self._is_over = True
        self._shut_down()

    def _shut_down(self) -> None:
        if self._socket is not None:
            try:
                # The base class's method: that of SSLSocket would drop the TLS state under the reading thread.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return  # the peer was faster
