"""What only a real server can show: bodies whose length nobody declares."""

import json
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

import pytest
from django.conf import settings

from tests.support.live import LiveCopy

pytestmark = pytest.mark.live

HEAD = (
    "POST /api/v1/auth/login HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
)
ANSWER_SECONDS = 30


def send_chunked(copy: LiveCopy, chunks: Iterable[bytes]) -> tuple[int, dict[str, object]]:
    """Status and body of the answer, even if the server stops reading before everything is sent."""
    port = urlsplit(copy.base_url).port
    with socket.create_connection(("127.0.0.1", port), timeout=ANSWER_SECONDS) as connection:
        connection.sendall(HEAD.encode())
        try:
            for chunk in (*chunks, b""):
                connection.sendall(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has answered already
        received = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    start, end = body.find(b"{"), body.rfind(b"}")
    return int(head.split()[1]), json.loads(body[start : end + 1])


def test_a_chunked_body_is_read(live_copy: LiveCopy) -> None:
    status, answer = send_chunked(live_copy, [b'{"email": "owner@velro.test", ', b'"password": "velro-demo-password"}'])

    assert status == 200, answer
    assert answer["token_type"] == "Bearer"


def test_a_chunked_body_over_the_limit_is_refused(live_copy: LiveCopy) -> None:
    filling = (b"x" * 65_536 for _ in range(settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 65_536 + 2))

    status, answer = send_chunked(live_copy, [b'{"email": "', *filling, b'"}'])

    assert (status, answer["code"]) == (413, "request_too_large")
