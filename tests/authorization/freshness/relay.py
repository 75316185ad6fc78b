"""A network between processes and PostgreSQL that can lose what is said without telling anybody."""

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from threading import Event, Thread
from typing import Final

HOST: Final = "127.0.0.1"
BUFFER_BYTES: Final = 65536
# Of the message in which a listener names itself.
LISTENER: Final = b"application_name\0velro-freshness\0"


@dataclass(eq=False, slots=True)
class Link:
    """One connection: open until it is silenced or ends."""

    client: socket.socket
    server: socket.socket
    is_open: Event = field(default_factory=Event)
    is_of_listener: bool = False

    def carry(self) -> None:
        """Both ways, until one side ends."""
        self.is_open.set()
        back = Thread(target=self._hand_on, args=(self.server, self.client))
        back.start()
        self._hand_on(self.client, self.server)
        back.join()

    def cut(self) -> None:
        """Both sides are told. What was said while it was silent stays lost."""
        for side in (self.client, self.server):
            with suppress(OSError):
                side.shutdown(socket.SHUT_RDWR)
        self.is_open.set()

    def _hand_on(self, source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while said := source.recv(BUFFER_BYTES):
                self.is_of_listener = self.is_of_listener or LISTENER in said
                self.is_open.wait()
                target.sendall(said)
        self.cut()


class Relay:
    """What leads to PostgreSQL at `server_port`."""

    def __init__(self, *, server_port: int) -> None:
        self._server_port = server_port
        self._entrance = socket.create_server((HOST, 0))
        self.port: int = self._entrance.getsockname()[1]
        self._links: list[Link] = []
        self._threads: list[Thread] = []
        self._begin(self._accept)

    def silence_listeners(self) -> list[Link]:
        """Nothing that is said on their present connections arrives any more, either way."""
        silenced = [link for link in self._links if link.is_of_listener and link.is_open.is_set()]
        for link in silenced:
            link.is_open.clear()
        return silenced

    def end(self) -> None:
        """With all connections."""
        self._entrance.shutdown(socket.SHUT_RDWR)
        for link in list(self._links):
            link.cut()
        for thread in self._threads:
            thread.join()
        self._entrance.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._entrance.accept()
                self._begin(lambda client=client: self._lead(client))  # type: ignore[misc]  # as it is now

    def _lead(self, client: socket.socket) -> None:
        with closing(client), suppress(OSError), socket.create_connection((HOST, self._server_port)) as server:
            link = Link(client, server)
            self._links.append(link)
            link.carry()
            self._links.remove(link)

    def _begin(self, what: Callable[[], None]) -> None:
        thread = Thread(target=what)
        self._threads.append(thread)
        thread.start()


@contextmanager
def relay(*, server_port: int) -> Iterator[Relay]:
    """For the time of the block."""
    between = Relay(server_port=server_port)
    try:
        yield between
    finally:
        between.end()
