"""Files as a hostile or broken host would serve them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response, StreamingResponse

from generations.fal.sandbox.connections import hang_up
from generations.fal.sandbox.responses import to_response

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import Receive, Scope, Send

    from generations.fal.sandbox.faults import Strike
    from generations.fal.sandbox.store import StoredFile

ZEROS = bytes(65_536)
TRICKLES = 20
# The server writes in a thread of its own and does not say when the bytes are out.
FLUSH_SECONDS = 0.2
PROGRAM = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x02\x00\x3e\x00" + bytes(512)
PAGE = b"<!doctype html><title>Not a picture</title><script>alert(document.domain)</script>"


def misbehave_with_file(strike: Strike, stored: StoredFile) -> Response:
    """The answer to a download that `strike` hits."""
    if strike.kind.outcome is not None:
        return to_response(strike.kind.outcome)
    match strike.name:
        case "file_truncated":
            return TruncatedFile(stored.path.read_bytes(), media_type=stored.content_type)
        case "file_huge":
            size = int(strike.parameters["bytes"])
            return EndlessFile(_send_zeros(size), 200, {"Content-Length": str(size)}, media_type=stored.content_type)
        case "file_slow":
            content = stored.path.read_bytes()
            pieces = _trickle(content, seconds=strike.seconds)
            return EndlessFile(pieces, 200, {"Content-Length": str(len(content))}, media_type=stored.content_type)
        case "redirecting_file":
            return RedirectResponse(str(strike.parameters["location"]), status_code=302)
        case _:
            is_program = strike.parameters["kind"] == "executable"
            return Response(PROGRAM if is_program else PAGE, media_type=stored.content_type)


class TruncatedFile(Response):
    """Promises the whole file, sends half of it and hangs up."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The headers, with their Content-Length, are those of the whole file."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self.body[: len(self.body) // 2], "more_body": True})
        await asyncio.sleep(FLUSH_SECONDS)
        hang_up(scope)


class EndlessFile(StreamingResponse):
    """A stream that ends when the caller hangs up; the server itself would go on sending into the void."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the content or the caller's patience ends."""
        sending = asyncio.create_task(self.stream_response(send))
        leaving = asyncio.create_task(_wait_for_disconnect(receive))
        await asyncio.wait([sending, leaving], return_when=asyncio.FIRST_COMPLETED)
        for task in (sending, leaving):
            task.cancel()


async def _wait_for_disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _send_zeros(size: int) -> AsyncIterator[bytes]:
    sent = 0
    while sent < size:
        yield ZEROS[: size - sent]
        sent += len(ZEROS)
        await asyncio.sleep(0)


async def _trickle(content: bytes, *, seconds: float) -> AsyncIterator[bytes]:
    step = max(1, len(content) // TRICKLES)
    for start in range(0, len(content), step):
        yield content[start : start + step]
        await asyncio.sleep(seconds / TRICKLES)
