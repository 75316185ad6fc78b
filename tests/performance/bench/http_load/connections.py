"""One open connection: at most one request is under way on it."""

import socket
from collections import deque
from typing import Final

from tests.performance.bench.http_load.answers import Answer, read_answer

HOST: Final = "127.0.0.1"
MOST_AT_ONCE: Final = 262_144
PATIENCE_SECONDS: Final = 5


class Connection:
    """`due` is when the request under way should have been sent; `overdue` are the times of those that wait for it."""

    __slots__ = ("_received", "_socket", "due", "is_waiting", "overdue", "position")

    def __init__(self, port: int, *, position: int) -> None:
        self.position = position
        self._socket = socket.create_connection((HOST, port), timeout=PATIENCE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setblocking(False)
        self._received = b""
        self.due = 0.0
        self.is_waiting = False
        self.overdue: deque[float] = deque()

    def fileno(self) -> int:
        """For the selector."""
        return self._socket.fileno()

    def ask(self, request: bytes, *, due: float) -> None:
        """Send it. Raises OSError when the other side is gone."""
        self.due, self.is_waiting = due, True
        try:
            sent = self._socket.send(request)
        except BlockingIOError:
            sent = 0
        if sent < len(request):
            self._send_patiently(request[sent:])

    def receive(self) -> Answer | None:
        """The answer once it is whole. Raises AnswerMalformed, or OSError when the other side is gone."""
        arrived = self._socket.recv(MOST_AT_ONCE)
        if not arrived:
            raise ConnectionResetError("closed before the answer was whole")
        self._received = self._received + arrived if self._received else arrived
        answer = read_answer(self._received)
        if answer is not None:
            self._received, self.is_waiting = b"", False
        return answer

    def close(self) -> None:
        """Whatever was under way."""
        self._socket.close()

    def _send_patiently(self, rest: bytes) -> None:
        self._socket.settimeout(PATIENCE_SECONDS)
        self._socket.sendall(rest)
        self._socket.setblocking(False)
