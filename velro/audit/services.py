"""Writing the trail.

A change of state records itself in its own transaction, so that neither exists without the other. A decision is
recorded in the journal, which no rollback undoes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import orjson
import structlog
from django.conf import settings
from django.utils import timezone

from velro.audit.clock import now_text
from velro.audit.journal import JOURNAL
from velro.audit.models import AuditEvent, Outcome, Severity
from velro.audit.record_ids import new_record_id
from velro.audit.shipping import SHIPPER
from velro.observability.context import current_request_id


@dataclass(frozen=True)
class Subject:
    """What an event is about."""

    resource_type: str
    resource_id: UUID


@dataclass(frozen=True)
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
        orjson.dumps({**of_all, "id": new_record_id(), **record}, option=orjson.OPT_APPEND_NEWLINE)
        for record in records
    )
    if lines:
        _append(lines)


def record_alike(resource_ids: Sequence[UUID], places: Sequence[int], records: Sequence[Mapping[str, Any]]) -> None:
    """The same for decisions about many resources: `places` says for each which of the `records` has its other columns.

    Raises TrailUnavailable when they cannot be written.
    """
    of_all = {**ABSENT, "at": timezone.now(), **origin()}
    del of_all["resource_id"]
    columns = [columns_to_repeat({**of_all, **record}) for record in records]
    # All texts in one go: Python takes ten times as long to spell an id.
    texts = orjson.loads(orjson.dumps(resource_ids))
    lines = [
        f'{{{columns[place]},"id":"{new_record_id()}","resource_id":"{text}"}}\n'
        for place, text in zip(places, texts, strict=True)
    ]
    if lines:
        _append("".join(lines).encode())


def columns_to_repeat(record: Mapping[str, Any]) -> str:
    """Columns that `record_again` writes each time as they are: members of an object in JSON."""
    return orjson.dumps(record)[1:-1].decode()


def record_again(  # noqa: PLR0913 - an event has this many sides, each with a name
    verdict: str, asked_by: str, *, resource_id: str, request_id: str, spent_ms: str, stage: str, details: str
) -> None:
    """Append a decision that was made before, with what is its own this time; all of it was spent in one `stage`.

    `verdict` and `asked_by` are columns as `columns_to_repeat` writes them. Ids and `stage` hold nothing that JSON has
    to escape, `spent_ms` is a number of it, and `details`, each behind a comma, are further members beside the stage.
    Raises TrailUnavailable when it cannot be written.
    """
    _append(
        f'{{{verdict},{asked_by},"id":"{new_record_id()}","at":"{now_text()}","resource_id":"{resource_id}",'
        f'"request_id":"{request_id}","duration_ms":{spent_ms},"details":{{"{stage}":{spent_ms}{details}}}}}\n'.encode()
    )


def _append(lines: bytes) -> None:
    JOURNAL.append(lines)
    if SHIPS_ITSELF and not SHIPPER.is_awake:
        SHIPPER.wake()
