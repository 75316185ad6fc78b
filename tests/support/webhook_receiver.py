"""A web server in a thread that takes webhooks in, answers as told, and hands them to the test one by one."""

from __future__ import annotations

import json
import queue
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ARRIVAL_SECONDS = 20


@dataclass(frozen=True, slots=True)
class ReceivedWebhook:
    """One call: header names in lower case, the raw body, and the path with its query."""

    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        """The JSON in it."""
        parsed: dict[str, Any] = json.loads(self.raw)
        return parsed


@dataclass(slots=True)
class WebhookReceiver:
    """`answers` are the statuses of the next calls; 200 when there are none left."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    arrived: queue.Queue[ReceivedWebhook] = field(default_factory=queue.Queue)

    def next(self) -> ReceivedWebhook:
        """Wait for the next call."""
        return self.arrived.get(timeout=ARRIVAL_SECONDS)

    def is_quiet(self) -> bool:
        """Whether nothing has arrived that was not taken."""
        return self.arrived.empty()


@contextmanager
def running_receiver() -> Iterator[WebhookReceiver]:
    """Receive until the block ends."""
    receiver = WebhookReceiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.answers.pop(0) if receiver.answers else 200
            # Before the answer: whoever sees the call answered may look for it at once.
            receiver.arrived.put(ReceivedWebhook(self.path, headers, raw))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            if status in {301, 302, 307}:
                self.send_header("Location", receiver.url)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the library's signature
            """Stay silent."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        receiver.url = f"http://127.0.0.1:{server.server_port}/hook?job=1"
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def webhook_receiver() -> Iterator[WebhookReceiver]:
    """A receiver of its own for each test."""
    with running_receiver() as receiver:
        yield receiver
