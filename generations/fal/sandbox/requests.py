"""One queued request: what was asked, where it stands, and what came of it."""

from __future__ import annotations

import asyncio
import json
import os
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from generations.fal.sandbox.application_id import application_of

if TYPE_CHECKING:
    from generations.fal.sandbox.errors import Outcome

# Results at least this large leave the queue early unless payload storage keeps them.
LARGE_RESULT_BYTES = 10_000
LARGE_RESULT_SECONDS = 6 * 60
RESULT_SECONDS = 60 * 60


class Status(StrEnum):
    """The three states of the protocol; a failed request is COMPLETED with an error."""

    IN_QUEUE = "IN_QUEUE"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


@dataclass(frozen=True, slots=True)
class Submission:
    """A submit call after parsing. `start_timeout` is in seconds; `lifecycle` is the raw preference header."""

    endpoint_id: str
    input: dict[str, Any]
    base_url: str
    webhook_url: str = ""
    tags: str = ""
    is_low_priority: bool = False
    start_timeout: float | None = None
    stores_payload: bool = True
    lifecycle: str = ""


@dataclass(slots=True)
class QueuedRequest:
    """A registered request. Times are Unix seconds."""

    id: str
    submission: Submission
    created_at: float
    status: Status = Status.IN_QUEUE
    started_at: float | None = None
    ended_at: float | None = None
    outcome: Outcome | None = None
    attempts: int = 0
    step_count: int = 10
    run_seconds: float = 0.0
    is_webhook_settled: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event, compare=False)

    @property
    def url(self) -> str:
        """Where the result is found; status and cancel hang below it."""
        return f"{self.submission.base_url}/{application_of(self.submission.endpoint_id)}/requests/{self.id}"

    @property
    def prompt(self) -> str:
        """The text that steers the model, under whichever name."""
        return str(self.submission.input.get("prompt") or self.submission.input.get("text") or "")

    @property
    def inference_time(self) -> float:
        """Seconds between the start of the last attempt and the end."""
        return (self.ended_at or time.time()) - (self.started_at or time.time())

    @property
    def error(self) -> str | None:
        """The sentence that status and webhook carry about a failure."""
        if self.outcome is None or self.outcome.is_success:
            return None
        return f"Invalid status code: {self.outcome.status}"

    def is_result_expired(self) -> bool:
        """Whether the queue no longer has the result: only without payload storage, and sooner for a large one."""
        if self.submission.stores_payload or self.ended_at is None or self.outcome is None:
            return False
        is_large = len(json.dumps(self.outcome.body)) >= LARGE_RESULT_BYTES
        return time.time() - self.ended_at > (LARGE_RESULT_SECONDS if is_large else RESULT_SECONDS)

    def announce_change(self) -> None:
        """Wake whoever waits for the next change of this request."""
        changed, self.changed = self.changed, asyncio.Event()
        changed.set()


def new_request_id() -> str:
    """A UUIDv7: the live service's ids sort by time."""
    milliseconds = int(time.time() * 1000)
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    return str(uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62))


def format_time(timestamp: float) -> str:
    """ISO 8601 in UTC with microseconds, as logs and the platform API print it."""
    return datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="microseconds")
