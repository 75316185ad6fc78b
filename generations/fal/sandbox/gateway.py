"""The front door: sends each of fal.ai's host names to its paths, unwraps the proxy mode, and names every answer."""

from __future__ import annotations

import urllib.parse
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from generations.fal.sandbox.errors import new_id
from generations.fal.sandbox.responses import ANONYMOUS

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SYNCHRONOUS_HOSTS = frozenset({"fal.run", "falrun.com"})
PROXY_PATH = "/proxy"
SYNCHRONOUS_PREFIX = "/sync"


class Gateway:
    """ASGI middleware around the whole application. `key` is what the proxy mode adds to calls that carry none."""

    def __init__(self, app: ASGIApp, *, key: str) -> None:
        self._app = app
        self._key = key or "proxy:key"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Rewrite the path, then add `x-fal-request-id` to an answer that has none yet."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._direct(scope)

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start" and not scope.get(ANONYMOUS):
                MutableHeaders(raw=message.setdefault("headers", [])).setdefault("x-fal-request-id", new_id())
            await send(message)

        await self._app(scope, receive, send_named)

    def _direct(self, scope: Scope) -> None:
        headers = Headers(raw=scope["headers"])
        host = headers.get("host", "").partition(":")[0]
        target = headers.get("x-fal-target-url", "")
        if scope["path"] == PROXY_PATH and target:
            parsed = urllib.parse.urlsplit(target)
            host = parsed.hostname or ""
            scope["path"], scope["query_string"] = urllib.parse.unquote(parsed.path), parsed.query.encode()
            if "authorization" not in headers:
                scope["headers"] = [*scope["headers"], (b"authorization", f"Key {self._key}".encode())]
        if host in SYNCHRONOUS_HOSTS:
            scope["path"] = SYNCHRONOUS_PREFIX + scope["path"]
