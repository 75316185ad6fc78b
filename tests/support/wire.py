"""A server of raw sockets that counts what reaches it, and misbehaves exactly as told."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

READ_SECONDS = 10

Behaviour = Callable[[socket.socket, "WireServer"], None]


@dataclass(slots=True)
class WireServer:
    """`requests` holds every request that was read whole, as `(request line, headers in lower case, body)`."""

    behave: Behaviour
    listener: socket.socket
    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    connections: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return int(self.listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Its address as a base URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def posts(self) -> int:
        """How many POSTs arrived whole."""
        return sum(line.startswith("POST ") for line, _, _ in self.requests)

    def serve(self) -> None:
        """Accept until the listener is closed; one thread a connection."""
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            connection.settimeout(READ_SECONDS)
            try:
                self.behave(connection, self)
            except OSError:
                return  # the client hung up, as some tests mean it to


@contextmanager
def wire_server(behave: Behaviour) -> Iterator[WireServer]:
    """A running server on a port of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = WireServer(behave, listener)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.stopping.set()
        # Closing a listener does not wake a blocked accept; shutting it down does.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(READ_SECONDS)


def read_request(connection: socket.socket, server: WireServer) -> None:
    """Read one request whole and record it."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += _receive(connection)
    head, _, body = received.partition(b"\r\n\r\n")
    line, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (text.partition(":") for text in lines)}
    while len(body) < int(headers.get("content-length", "0")):
        body += _receive(connection)
    server.requests.append((line, headers, body))


def _receive(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionResetError
    return data


def http_answer(status: int, body: bytes | str, **headers: str) -> bytes:
    """An answer as bytes; header names are given with underscores."""
    content = body.encode() if isinstance(body, str) else body
    named = {"content-length": str(len(content)), "connection": "close"}
    named |= {name.replace("_", "-").lower(): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status} Answer", *(f"{name}: {value}" for name, value in named.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def answering(*answers: bytes) -> Behaviour:
    """Answer the requests with these bytes in turn; the last one is repeated."""
    remaining = list(answers)

    def behave(connection: socket.socket, server: WireServer) -> None:
        read_request(connection, server)
        connection.sendall(remaining.pop(0) if len(remaining) > 1 else remaining[0])

    return behave


def keeping_alive(*answers: bytes) -> Behaviour:
    """Answer one request after another on the same connection, while there are answers."""
    remaining = list(answers)

    def behave(connection: socket.socket, server: WireServer) -> None:
        while remaining:
            read_request(connection, server)
            connection.sendall(remaining.pop(0))

    return behave


def hanging_up(connection: socket.socket, server: WireServer) -> None:
    """Read the request and close without a word."""
    read_request(connection, server)


def staying_silent(connection: socket.socket, server: WireServer) -> None:
    """Read the request and never answer."""
    read_request(connection, server)
    server.stopping.wait(READ_SECONDS)


def dripping(connection: socket.socket, server: WireServer) -> None:
    """Read the request and send one byte of a header now and then, for ever."""
    read_request(connection, server)
    connection.sendall(b"HTTP/1.1 200 OK\r\nx-slow: ")
    while not server.stopping.wait(0.05):
        connection.sendall(b"a")


def closed_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
