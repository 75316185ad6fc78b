"""Says whether a process has become useful, which is later than started."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from pathlib import Path

Probe = Callable[[], Awaitable[bool]]

ANSWER_SECONDS = 5


def answers_with_200(port: int, path: str) -> Probe:
    """Healthy when GET `path` on the loopback port is answered with 200."""

    async def is_healthy() -> bool:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await status_of(port, path) == b"200"
        except (OSError, TimeoutError):
            return False

    return is_healthy


async def status_of(port: int, path: str) -> bytes:
    """The status code in the first line of the answer, empty when there is none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n".encode())
        first_line = await reader.readline()
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
    return [*first_line.split(), b"", b""][1]


def puts_file(path: Path) -> Probe:
    """Healthy once the process has put this file."""

    async def is_healthy() -> bool:
        return await asyncio.to_thread(path.exists)

    return is_healthy
