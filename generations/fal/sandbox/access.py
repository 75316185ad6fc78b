"""Who may call, and under which address the caller knows the sandbox."""

from __future__ import annotations

import hmac
import re
import secrets
from typing import TYPE_CHECKING

from generations.fal.sandbox.errors import MALFORMED_KEY, UNKNOWN_KEY, FalRefusal

if TYPE_CHECKING:
    from starlette.requests import Request

    from generations.fal.sandbox.settings import SandboxSettings

WELL_FORMED_KEY = re.compile(r"Key [^:\s]+:[^:\s]+")


class AccessGuard:
    """Checks keys and upload tokens, and builds the base of every URL that is handed out."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._settings = settings
        self.upload_token = secrets.token_urlsafe(32)

    def check_key(self, request: Request) -> None:
        """Let callers with the right key pass. Raises FalRefusal (401)."""
        given = request.headers.get("authorization", "")
        if WELL_FORMED_KEY.fullmatch(given) is None:
            raise FalRefusal(MALFORMED_KEY)
        expected = f"Key {self._settings.key}" if self._settings.key else given
        if not hmac.compare_digest(given.encode(), expected.encode()):
            raise FalRefusal(UNKNOWN_KEY)

    def check_upload_token(self, request: Request) -> None:
        """Let holders of an upload token pass. Raises FalRefusal (401)."""
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self.upload_token}".encode()):
            raise FalRefusal(UNKNOWN_KEY)

    def base_url(self, request: Request) -> str:
        """Scheme and authority without a trailing slash."""
        return self._settings.public_url or f"{request.url.scheme}://{request.headers.get('host', self.own_address)}"

    @property
    def own_address(self) -> str:
        """Host and port the sandbox listens on."""
        return f"{self._settings.host}:{self._settings.port}"
