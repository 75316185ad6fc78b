"""Rule 7: how an operator gets to see one resource of somebody else's, for a quarter of an hour and not unnoticed."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from authorization.errors import GlassAlreadyBroken, PermissionDenied
from authorization.models import BREAK_GLASS_LASTS, LONGEST_REASON, BreakGlassGrant
from authorization.refusals import recording_refused_change
from authorization.registry import registry
from authorization.roles import Permission
from authorization.topics import GLASS_BROKEN
from velro.audit.models import Outcome, Severity
from velro.audit.services import Actor, Subject, record_event
from velro.background.outbox import enqueue
from velro.database_clock import database_now
from velro.errors import FieldProblem, InvalidInput, NotFound

log = structlog.get_logger(__name__)

SHORTEST_REASON: Final = 20
ONLY_READING: Final = frozenset({Permission.READ})
# Sharing would outlive the quarter of an hour.
OPENABLE: Final = frozenset({Permission.READ, Permission.WRITE, Permission.DELETE})
OPEN: Final = Q(closed_at=None, expires_at__gt=Now())


@dataclass(frozen=True, slots=True)
class Breaking:
    """What an operator wants to get at, and why."""

    resource_type: str
    resource_id: UUID
    reason: str
    permissions: frozenset[Permission] = ONLY_READING


def break_glass(breaking: Breaking, *, actor: Actor) -> BreakGlassGrant:
    """Open one resource to an operator for 15 minutes, and tell every other operator. What is refused is recorded, too.

    Raises InvalidInput for a reason that says too little, NotFound, GlassAlreadyBroken, or PermissionDenied for who is
    not an active superuser.
    """
    subject = Subject(breaking.resource_type, breaking.resource_id)
    with recording_refused_change("break_glass.refused", actor=actor, subject=subject):
        return _break(breaking, actor=actor)


def _break(breaking: Breaking, *, actor: Actor) -> BreakGlassGrant:
    reason = _acceptable_reason(breaking.reason)
    operator = require_operator(actor)
    _require_openable(breaking, operator_id=operator.pk)
    now = database_now()
    grant = BreakGlassGrant.objects.create(
        user=operator,
        resource_type=breaking.resource_type,
        resource_id=breaking.resource_id,
        permissions=breaking.permissions,
        reason=reason,
        opened_at=now,
        expires_at=now + BREAK_GLASS_LASTS,
    )
    enqueue(GLASS_BROKEN, subject_id=grant.id)
    _record("break_glass.opened", grant, actor=actor, severity=Severity.CRITICAL, reason=reason)
    # Before it is committed: an alarm too many is better than one too few.
    log.critical("glass_broken", grant_id=str(grant.id), operator_id=str(operator.pk), resource=str(grant))
    return grant


@transaction.atomic
def mend_glass(grant_id: UUID, *, actor: Actor) -> BreakGlassGrant:
    """Close a grant before its time: its holder, or any operator. Raises NotFound, or PermissionDenied."""
    require_operator(actor)
    grant = BreakGlassGrant.objects.select_for_update(no_key=True).filter(OPEN, id=grant_id).first()
    if grant is None:
        raise NotFound
    grant.closed_at = database_now()
    grant.save(update_fields=["closed_at"])
    _record("break_glass.closed", grant, actor=actor, severity=Severity.WARNING)
    return grant


def open_glass() -> QuerySet[BreakGlassGrant]:
    """What is open at this moment, with who opened it."""
    return BreakGlassGrant.objects.filter(OPEN).select_related("user")


def require_operator(actor: Actor) -> Any:
    """The active superuser who acts, with their account locked until the transaction ends. Raises PermissionDenied."""
    people = get_user_model()._default_manager.select_for_update(no_key=True)  # noqa: SLF001 - Django documents it
    operator = people.filter(id=actor.user_id, is_superuser=True).first() if actor.user_id else None
    if operator is None or not operator.is_active:
        raise PermissionDenied
    return operator


def _acceptable_reason(text: str) -> str:
    """On one line. A reason that says nothing is refused as far as a machine can tell."""
    reason = " ".join(text.split())
    if not SHORTEST_REASON <= len(reason) <= LONGEST_REASON or not reason.isprintable():
        message = f"Say why in {SHORTEST_REASON} to {LONGEST_REASON} characters."
        raise InvalidInput(errors=[FieldProblem("/reason", "unacceptable", message)])
    return reason


def _require_openable(breaking: Breaking, *, operator_id: UUID) -> None:
    """The lock on the operator makes two requests at once look one after the other."""
    if not breaking.permissions or not breaking.permissions <= OPENABLE:
        raise InvalidInput(
            errors=[FieldProblem("/permissions", "unacceptable", "Choose among read, write and delete.")]
        )
    if breaking.resource_type not in registry.resource_types:
        raise NotFound
    if not registry.resource_type(breaking.resource_type).facts_for(operator_id, [breaking.resource_id]):
        raise NotFound
    if open_glass().filter(user_id=operator_id, resource_id=breaking.resource_id).exists():
        raise GlassAlreadyBroken


def _record(name: str, grant: BreakGlassGrant, *, actor: Actor, severity: Severity, **details: str) -> None:
    record_event(
        name,
        outcome=Outcome.SUCCEEDED,
        severity=severity,
        actor=actor,
        subject=Subject(grant.resource_type, grant.resource_id),
        details={
            "grant": str(grant.id),
            "operator": str(grant.user_id),
            "permissions": [str(permission) for permission in Permission if permission in grant.permissions],
            "expires_at": grant.expires_at.isoformat(),
            **details,
        },
    )
