"""Input pictures: data URIs, the sandbox's own files, and loopback URLs. Nothing else is fetched."""

from __future__ import annotations

import base64
import binascii
import hashlib
import ipaddress
import urllib.parse
from typing import TYPE_CHECKING

import httpx
from PIL import Image

from generations.fal.sandbox.endpoints.model import Source
from generations.fal.sandbox.errors import FalRefusal, model_error

if TYPE_CHECKING:
    from pathlib import Path

    from generations.fal.sandbox.store import SandboxStore

MAX_SOURCE_BYTES = 30_000_000
FETCH_SECONDS = 10


class SourceLoader:
    """Brings input pictures onto disk under the digest of their content, so equal pictures key equal renders."""

    def __init__(self, *, directory: Path, store: SandboxStore) -> None:
        self._directory = directory
        self._store = store

    async def load(self, url: str, *, field: str) -> Source:
        """Fetch and check one picture. Raises FalRefusal (422) when it cannot be had or is no picture."""
        content = await self._read(url, field=field)
        path = self._directory / hashlib.sha256(content).hexdigest()
        if not path.exists():
            path.write_bytes(content)
        try:
            with Image.open(path) as picture:
                return Source(str(path), picture.width, picture.height)
        except (OSError, Image.DecompressionBombError) as error:
            message = "Failed to load the image. Please ensure the image file is not corrupted."
            raise FalRefusal(model_error(422, "image_load_error", message, field=field)) from error

    async def _read(self, url: str, *, field: str) -> bytes:
        parsed = urllib.parse.urlsplit(url)
        if parsed.scheme == "data":
            return _decode_data_uri(url, field=field)
        own = self._store.find_file(parsed.path.split("/")[2]) if parsed.path.startswith("/files/") else None
        if own is not None:
            return own.path.read_bytes()
        if parsed.scheme in {"http", "https"} and _is_loopback(parsed.hostname or ""):
            return await _fetch(url, field=field)
        raise _download_refusal(field)


def _decode_data_uri(url: str, *, field: str) -> bytes:
    header, _, payload = url.partition(",")
    try:
        return (
            base64.b64decode(payload, validate=True)
            if header.endswith(";base64")
            else urllib.parse.unquote_to_bytes(payload)
        )
    except (binascii.Error, ValueError) as error:
        raise _download_refusal(field) from error


async def _fetch(url: str, *, field: str) -> bytes:
    content = bytearray()
    try:
        async with (
            httpx.AsyncClient(timeout=FETCH_SECONDS, trust_env=False) as client,
            client.stream("GET", url) as answer,
        ):
            answer.raise_for_status()
            async for part in answer.aiter_bytes():
                content += part
                if len(content) > MAX_SOURCE_BYTES:
                    message = "File size exceeds the maximum allowed size"
                    details = {"max_size": MAX_SOURCE_BYTES}
                    raise FalRefusal(model_error(422, "file_too_large", message, field=field, ctx=details))
    except httpx.HTTPError as error:
        raise _download_refusal(field) from error
    return bytes(content)


def _download_refusal(field: str) -> FalRefusal:
    message = "Failed to download the file. Please check if the URL is accessible and try again."
    return FalRefusal(model_error(422, "file_download_error", message, field=field))


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
