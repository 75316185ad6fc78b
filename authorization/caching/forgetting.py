"""Having every process forget what it knows, of all or of one thing, for an operator who trusts no memory any more."""

from typing import Final
from uuid import UUID

import structlog
from django.db import transaction

from authorization.break_glass import require_operator
from authorization.freshness.announcements import EVERYTHING, announce
from authorization.registry import registry
from velro.audit.models import Outcome, Severity
from velro.audit.services import Actor, Subject, record_event

log = structlog.get_logger(__name__)

# Besides resources, what facts say they depend on.
PLACES: Final = ("user", "team", "project")


def kinds() -> tuple[str, ...]:
    """Of what processes can be made to forget one."""
    return (*PLACES, *registry.resource_types)


@transaction.atomic
def forget_everything(*, actor: Actor) -> None:
    """Void, from the COMMIT on, whatever processes keep. They load it anew as they are asked; recorded as a warning.

    Raises PermissionDenied for who is not an active superuser.
    """
    require_operator(actor)
    _announce(EVERYTHING, actor=actor)
    record_event("cache.forgotten", outcome=Outcome.SUCCEEDED, actor=actor, severity=Severity.WARNING)


@transaction.atomic
def forget_one(kind: str, subject_id: UUID, *, actor: Actor) -> None:
    """The same for all that depends on one person, team, project or resource, whether or not there is one.

    Raises PermissionDenied for who is not an active superuser, and ValueError for a kind that is none of `kinds`.
    """
    if kind not in kinds():
        raise ValueError(f"nothing depends on a {kind!r}")
    require_operator(actor)
    _announce(f"{kind}:{subject_id}", actor=actor)
    subject = Subject(kind, subject_id)
    record_event("cache.forgotten", outcome=Outcome.SUCCEEDED, actor=actor, subject=subject, severity=Severity.WARNING)


def _announce(dependency: str, *, actor: Actor) -> None:
    announce(dependency)
    log.warning("caches_forgotten", operator_id=str(actor.user_id), dependency=dependency)
