"""Writing the trail.

A change of state records itself in its own transaction, so that neither exists without the other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from velro.audit.models import AuditEvent, Outcome
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


def origin() -> dict[str, str]:
    """Where the running work comes from, in the columns of a record."""
    address = structlog.contextvars.get_contextvars().get("client_address", "")
    return {"client_address": str(address), "request_id": current_request_id()}


def record_event(
    name: str,
    *,
    outcome: Outcome,
    actor: Actor = SYSTEM,
    subject: Subject | None = None,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    """Append one event with the running request's id and client address.

    `details` holds ids and numbers, never secrets.
    """
    AuditEvent.objects.create(
        name=name,
        outcome=outcome,
        reason=reason,
        actor_id=actor.user_id,
        session_id=actor.session_id,
        resource_type=subject.resource_type if subject else "",
        resource_id=subject.resource_id if subject else None,
        details=dict(details or {}),
        **origin(),
    )
