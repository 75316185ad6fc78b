"""Writing the trail.

A change of state records itself in its own transaction, so that neither exists without the other. A decision is
recorded in the journal, which no rollback undoes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid4

import orjson
import structlog
from django.conf import settings
from django.utils import timezone

from velro.audit.journal import JOURNAL
from velro.audit.models import AuditEvent, Outcome, Severity
from velro.audit.shipping import SHIPPER
from velro.observability.context import current_request_id


@dataclass(frozen=True, slots=True)
class Subject:
    """What an event is about."""

    resource_type: str
    resource_id: UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted. Both are None for the system itself."""

    user_id: UUID | None = None
    session_id: UUID | None = None


SYSTEM = Actor()
SHIPS_ITSELF: Final[bool] = settings.AUDIT_SHIPS_ITSELF
ABSENT: Final[Mapping[str, Any]] = {
    "severity": Severity.INFO, "reason": "", "actor_id": None, "session_id": None, "action": "", "resource_type": "",
    "resource_id": None, "duration_ms": None, "details": {},
}  # fmt: skip


def origin() -> dict[str, str]:
    """Where the running work comes from, in the columns of a record."""
    address = structlog.contextvars.get_contextvars().get("client_address", "")
    return {"client_address": str(address), "request_id": current_request_id()}


def record_event(  # noqa: PLR0913 - an event has this many sides, each with a name
    name: str,
    *,
    outcome: Outcome,
    actor: Actor = SYSTEM,
    subject: Subject | None = None,
    reason: str = "",
    severity: Severity = Severity.INFO,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Append one event with the running request's id and client address.

    `details` holds ids and numbers, never secrets.
    """
    AuditEvent.objects.create(
        name=name,
        outcome=outcome,
        severity=severity,
        reason=reason,
        actor_id=actor.user_id,
        session_id=actor.session_id,
        resource_type=subject.resource_type if subject else "",
        resource_id=subject.resource_id if subject else None,
        details=dict(details or {}),
        **origin(),
    )


def record_decisions(records: Iterable[Mapping[str, Any]]) -> None:
    """Append records to the journal, in columns of the trail; those of all are added.

    Raises TrailUnavailable when they cannot be written.
    """
    of_all = {**ABSENT, "at": timezone.now(), **origin()}
    lines = b"".join(
        orjson.dumps({**of_all, "id": uuid4(), **record}, option=orjson.OPT_APPEND_NEWLINE) for record in records
    )
    if lines:
        _append(lines)


def record_to_repeat(record: Mapping[str, Any], *, without: Iterable[str]) -> bytes:
    """What `record_again` writes each time: the columns that stay as they are."""
    own = {"id", "at", *without}
    return orjson.dumps({name: value for name, value in {**ABSENT, **record}.items() if name not in own})


def record_again(record: bytes, own: Mapping[str, Any]) -> None:
    """Append a decision that was made before, with the columns that are its own this time.

    Raises TrailUnavailable when it cannot be written.
    """
    rest = orjson.dumps({"id": uuid4(), "at": timezone.now(), **own}, option=orjson.OPT_APPEND_NEWLINE)
    _append(b"%b,%b" % (record[:-1], rest[1:]))


def _append(lines: bytes) -> None:
    JOURNAL.append(lines)
    if SHIPS_ITSELF:
        SHIPPER.wake()
