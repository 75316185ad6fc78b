"""SQLite under the state directory: requests and files survive a restart, at some 20 microseconds a write."""

from __future__ import annotations

import dataclasses
import json
import secrets
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generations.fal.sandbox.errors import Outcome
from generations.fal.sandbox.requests import QueuedRequest, Status, Submission

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT_SECONDS = 7 * 24 * 3600

STATE_FIELDS = ("status", "started_at", "ended_at", "attempts", "step_count", "run_seconds", "is_webhook_settled")
SUBMISSION_FIELDS = tuple(field.name for field in dataclasses.fields(Submission))

SCHEMA = """
CREATE TABLE IF NOT EXISTS requests (id TEXT PRIMARY KEY, created_at REAL NOT NULL, record TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS files (id TEXT PRIMARY KEY, created_at REAL NOT NULL, record TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file the sandbox serves. `request_id` is empty for uploads; `expires_at` is Unix seconds or None for never."""

    id: str
    path: Path
    name: str
    content_type: str
    request_id: str = ""
    expires_at: float | None = None
    lifecycle: str = ""


class SandboxStore:
    """All that outlives the process. Every write is committed at once: what was answered is never forgotten."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        # Survives a killed process; only a power cut could lose the last writes, and this is a stand-in.
        self._connection.execute("PRAGMA synchronous=OFF")
        self._connection.executescript(SCHEMA)
        self._forget_before(time.time() - KEPT_SECONDS)

    def save_request(self, request: QueuedRequest) -> None:
        """Write the present state of a request."""
        record = {
            name: getattr(request, name)
            for name in (
                "status",
                "started_at",
                "ended_at",
                "attempts",
                "step_count",
                "run_seconds",
                "is_webhook_settled",
            )
        }
        record["submission"] = dataclasses.asdict(request.submission)
        if request.outcome is not None:
            record["outcome"] = [request.outcome.status, request.outcome.body, dict(request.outcome.headers)]
        row = (request.id, request.created_at, json.dumps(record))
        self._connection.execute("INSERT OR REPLACE INTO requests VALUES (?, ?, ?)", row)

    def load_requests(self) -> Iterator[QueuedRequest]:
        """All requests, oldest first."""
        rows = self._connection.execute("SELECT id, created_at, record FROM requests ORDER BY created_at, id")
        for request_id, created_at, text in rows:
            record = json.loads(text)
            record["submission"] = Submission(**record["submission"])
            record["status"] = Status(record["status"])
            record["outcome"] = Outcome(*record["outcome"]) if "outcome" in record else None
            yield QueuedRequest(id=request_id, created_at=created_at, **record)

    def add_file(self, path: Path, *, name: str, content_type: str, **details: Any) -> StoredFile:
        """Register a file on disk under a new unguessable id. `details` are further fields of StoredFile."""
        stored = StoredFile(id=secrets.token_urlsafe(16), path=path, name=name, content_type=content_type, **details)
        record = json.dumps(dataclasses.asdict(stored) | {"path": str(path)})
        self._connection.execute("INSERT INTO files VALUES (?, ?, ?)", (stored.id, time.time(), record))
        return stored

    def find_file(self, file_id: str) -> StoredFile | None:
        """The file of that id, unless it has expired."""
        row = self._connection.execute("SELECT record FROM files WHERE id = ?", (file_id,)).fetchone()
        if row is None:
            return None
        record = json.loads(row[0])
        stored = StoredFile(**record | {"path": Path(record["path"])})
        is_expired = stored.expires_at is not None and stored.expires_at < time.time()
        return None if is_expired else stored

    def clear(self) -> None:
        """Forget every request and file record; rendered files stay as a cache."""
        self._forget_before(float("inf"))

    def close(self) -> None:
        """Write everything back into the one database file."""
        self._connection.close()

    def _forget_before(self, moment: float) -> None:
        self._connection.execute("DELETE FROM requests WHERE created_at < ?", (moment,))
        self._connection.execute("DELETE FROM files WHERE created_at < ?", (moment,))
