"""Letting one person do something with a generation in another's place, and taking that back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.models import AccountStatus, User
from accounts.services.sessions import actor_of
from authorization import engine
from authorization.errors import PermissionDenied
from authorization.facts import Decision, Principal
from authorization.roles import Permission
from generations import actions
from generations.errors import TooManyDelegations
from generations.models import Delegation
from generations.services.authority import hold_rights
from generations.services.periods import period_of
from velro.audit.models import Outcome
from velro.audit.services import Subject, record_event
from velro.database_clock import database_now
from velro.errors import FieldProblem, InvalidInput, NotFound, VelroError

LONGEST_DELEGATION: Final = timedelta(days=366)
# Of one person on one generation.
MOST_LIVE_DELEGATIONS: Final = 100
Check = Callable[[Delegation], None]


@dataclass(frozen=True, slots=True)
class DelegationWish:
    """To whom, what and for how long. Without a beginning it is now."""

    user_id: UUID
    permissions: frozenset[Permission]
    expires_at: datetime
    starts_at: datetime | None = None


def delegate_generation(principal: Principal, generation_id: UUID, *, wish: DelegationWish) -> Delegation:
    """Pass on what the caller holds at this moment otherwise than by delegation or broken glass.

    Raises NotFound, PermissionDenied, InvalidInput or TooManyDelegations.
    """
    with transaction.atomic():
        hold_rights(principal.user_id, generation_id, other_people=[wish.user_id])
        refusal = _refusal_of(engine.decide(principal, actions.DELEGATE, generation_id), wish)
        if refusal is None:
            return _store(principal, generation_id, wish=wish)
    raise refusal


def revoke_delegation(principal: Principal, generation_id: UUID, *, delegation_id: UUID, check: Check) -> None:
    """End a delegation at once, as its delegator or as whoever may share the generation.

    Its delegator may do so even after losing every right: it would come back with them. Raises NotFound, or
    PermissionDenied for its delegate, who knows of it.
    """
    with transaction.atomic():
        hold_rights(principal.user_id, generation_id)
        found = Delegation.objects.select_for_update().filter(id=delegation_id, generation_id=generation_id).first()
        refusal = _refusal_to_revoke(principal, generation_id, found)
        if found is not None and refusal is None:
            check(found)
            _record("generation.delegation_revoked", found, principal=principal)
            found.delete()
            return
    raise refusal or NotFound


def _refusal_of(decision: Decision, wish: DelegationWish) -> VelroError | None:
    if not decision.is_allowed:
        return engine.refusal_of(decision)
    if not wish.permissions <= decision.own_permissions:
        return PermissionDenied("Only what you hold yourself, otherwise than by delegation, can be delegated.")
    return None


def _store(principal: Principal, generation_id: UUID, *, wish: DelegationWish) -> Delegation:
    period = period_of(wish.starts_at, wish.expires_at, longest=LONGEST_DELEGATION)
    _require_somebody_else(principal, wish.user_id)
    _require_room(principal, generation_id)
    delegation = Delegation.objects.create(
        generation_id=generation_id,
        delegator_id=principal.user_id,
        delegate_id=wish.user_id,
        permissions=wish.permissions,
        starts_at=period.starts_at,
        expires_at=wish.expires_at,
    )
    _record("generation.delegated", delegation, principal=principal)
    return delegation


def _require_somebody_else(principal: Principal, user_id: UUID) -> None:
    """Who is unknown and who is not active look alike."""
    if user_id == principal.user_id:
        raise _unsuitable("You have this already.")
    if not User.objects.filter(id=user_id, status=AccountStatus.ACTIVE).exists():
        raise _unsuitable("Nobody with this id can be chosen.")


def _unsuitable(message: str) -> InvalidInput:
    return InvalidInput(errors=[FieldProblem("/user", "invalid", message)])


def _require_room(principal: Principal, generation_id: UUID) -> None:
    own = Delegation.objects.filter(generation_id=generation_id, delegator_id=principal.user_id)
    if own.filter(expires_at__gt=database_now()).count() >= MOST_LIVE_DELEGATIONS:
        raise TooManyDelegations


def _refusal_to_revoke(principal: Principal, generation_id: UUID, found: Delegation | None) -> VelroError | None:
    if found is not None and found.delegator_id == principal.user_id:
        return None
    decision = engine.decide(principal, actions.SHARE, generation_id)
    if decision.is_allowed:
        return None
    is_delegate = found is not None and found.delegate_id == principal.user_id
    return engine.refusal_of(decision) if is_delegate else NotFound()


def _record(name: str, delegation: Delegation, *, principal: Principal) -> None:
    record_event(
        name,
        outcome=Outcome.SUCCEEDED,
        actor=actor_of(principal),
        subject=Subject(actions.RESOURCE, delegation.generation_id),
        details={
            "delegation": str(delegation.id),
            "delegator": str(delegation.delegator_id),
            "delegate": str(delegation.delegate_id),
            "permissions": [str(permission) for permission in Permission if permission in delegation.permissions],
            "starts_at": delegation.starts_at.isoformat(),
            "expires_at": delegation.expires_at.isoformat(),
        },
    )
