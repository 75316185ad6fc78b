"""Uploads on disk: whole files and files in parts. Names given by callers never become paths."""

from __future__ import annotations

import secrets
import shutil
from typing import TYPE_CHECKING

from generations.fal.sandbox.errors import REQUEST_NOT_FOUND, FalRefusal, platform_error
from generations.fal.sandbox.runner import expiry_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from generations.fal.sandbox.store import SandboxStore, StoredFile

MOST_PARTS = 10_000
OCTETS = "application/octet-stream"


class UploadStorage:
    """Takes uploads in, announced or not, in one piece or in parts."""

    def __init__(self, *, directory: Path, store: SandboxStore) -> None:
        self._directory = directory
        self._store = store

    def announce(self, *, name: str, content_type: str, lifecycle: str = "") -> StoredFile:
        """Reserve an id and a URL for content that is still to come."""
        path = self._directory / secrets.token_hex(16)
        return self._store.add_file(
            path,
            name=name or "file",
            content_type=content_type or OCTETS,
            expires_at=expiry_of(lifecycle),
            lifecycle=lifecycle,
        )

    async def receive(self, stored: StoredFile, content: AsyncIterator[bytes]) -> None:
        """Write the content of an announced file."""
        await _write_stream(stored.path, content)

    async def receive_part(self, stored: StoredFile, number: int, content: AsyncIterator[bytes]) -> str:
        """Write one part and return its entity tag. Raises FalRefusal for numbers no client uses."""
        if not 1 <= number <= MOST_PARTS:
            raise FalRefusal(platform_error(400, "bad_request", f"Part numbers run from 1 to {MOST_PARTS}"))
        parts = _parts_of(stored)
        parts.mkdir(exist_ok=True)
        await _write_stream(parts / str(number), content)
        return _tag_of(parts / str(number))

    def complete(self, stored: StoredFile, parts: dict[int, str]) -> None:
        """Join the named parts in the order of their numbers. Raises FalRefusal when one is missing or different."""
        directory = _parts_of(stored)
        for number, tag in parts.items():
            part = directory / str(number)
            if not part.is_file() or _tag_of(part) != tag:
                raise FalRefusal(platform_error(400, "bad_request", f"Part {number} is missing or has another ETag"))
        with stored.path.open("wb") as whole:
            for number in sorted(parts):
                with (directory / str(number)).open("rb") as content:
                    shutil.copyfileobj(content, whole)
        shutil.rmtree(directory, ignore_errors=True)

    def find(self, file_id: str) -> StoredFile:
        """An announced upload. Raises FalRefusal (404); rendered files cannot be overwritten through here."""
        stored = self._store.find_file(file_id)
        if stored is None or stored.path.parent != self._directory:
            raise FalRefusal(REQUEST_NOT_FOUND)
        return stored


async def _write_stream(path: Path, content: AsyncIterator[bytes]) -> None:
    with path.open("wb") as target:
        async for piece in content:
            target.write(piece)


def _parts_of(stored: StoredFile) -> Path:
    return stored.path.with_suffix(".parts")


def _tag_of(part: Path) -> str:
    """Size and time of writing tell parts apart well enough."""
    status = part.stat()
    return f'"{status.st_size:x}-{status.st_mtime_ns:x}"'
