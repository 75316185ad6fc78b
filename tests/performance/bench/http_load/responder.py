"""The cheapest server there is, to see how much the generator alone can do: reads no request, says always the same."""

import selectors
import socket
from contextlib import ExitStack
from multiprocessing.connection import Connection as Pipe
from typing import Final

from tests.performance.bench.http_load.connections import HOST

MOST_AT_ONCE: Final = 65_536
BACKLOG: Final = 1024


def respond(body: bytes, *, pipe: Pipe) -> None:
    """Tell the port through the pipe, then answer every arrival with this body until the pipe closes."""
    answer = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    with selectors.DefaultSelector() as selector, ExitStack() as peers:
        listener = peers.enter_context(socket.create_server((HOST, 0), backlog=BACKLOG))
        selector.register(pipe, selectors.EVENT_READ)
        selector.register(listener, selectors.EVENT_READ)
        pipe.send(listener.getsockname()[1])
        while True:
            for key, _ in selector.select():
                if key.fileobj is pipe:
                    return
                if key.fileobj is listener:
                    peer = peers.enter_context(listener.accept()[0])
                    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    selector.register(peer, selectors.EVENT_READ, peer)
                elif not _reply(key.data, answer):
                    selector.unregister(key.data)


def _reply(peer: socket.socket, answer: bytes) -> bool:
    """False if the other side is gone."""
    try:
        return bool(peer.recv(MOST_AT_ONCE)) and bool(peer.send(answer))
    except OSError:
        return False
