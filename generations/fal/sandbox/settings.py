"""What the command line decides, in one frozen place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """How this sandbox runs.

    `key` is `id:secret`, or empty for "any well-formed key". `public_url` is the base of every URL it hands out, or
    empty for "as the caller addressed it". With certificate and key it speaks TLS only. `pace` scales every simulated
    delay; 0 is as fast as possible. `webhook_backoff` is the first wait before a webhook is sent again, in seconds;
    it doubles up to 60.
    """

    state_dir: Path
    host: str = "127.0.0.1"
    port: int = 8790
    key: str = ""
    public_url: str = ""
    pace: float = 1.0
    concurrency: int = 8
    renderers: int = 2
    webhook_backoff: float = 1.0
    webhook_timeout: float = 15.0
    webhook_attempts: int = 10
    tls_certificate: Path | None = None
    tls_key: Path | None = None
