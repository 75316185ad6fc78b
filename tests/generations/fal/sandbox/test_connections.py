"""Hanging up touches one connection and leaves nothing open."""

import os
import socket
from pathlib import Path

from generations.fal.sandbox.connections import hang_up


def open_descriptors() -> int:
    return len(os.listdir("/dev/fd"))  # noqa: PTH208 - counting them must not open more


def test_only_the_callers_connection_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with socket.create_connection(address) as caller, socket.create_connection(address) as other:
            accepted = [server.accept()[0], server.accept()[0]]
            hang_up({"client": caller.getsockname()})
            assert caller.recv(1) == b""
            accepted[1].sendall(b"x")
            assert other.recv(1) == b"x"
            for connection in accepted:
                connection.close()


def test_hanging_up_leaves_no_descriptor_open(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w"):
        before = open_descriptors()
        for _ in range(5):
            hang_up({"client": ("192.0.2.1", 1)})
        assert open_descriptors() == before
