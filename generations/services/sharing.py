"""Sharing a generation with a team, and taking that back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from accounts.services.sessions import actor_of
from authorization import engine
from authorization.errors import PermissionDenied
from authorization.facts import Principal
from authorization.roles import PERMISSIONS_OF_ROLE, Permission, Role
from generations import actions
from generations.models import Share
from generations.services.authority import hold_rights
from generations.services.periods import Period, period_of
from teams.actions import READ_TEAM
from teams.errors import TeamArchived
from teams.models import Team
from velro.audit.models import Outcome
from velro.audit.services import Subject, record_event
from velro.errors import NotFound, VelroError

LONGEST_SHARE: Final = timedelta(days=3653)
Check = Callable[[Share | None], None]


@dataclass(frozen=True, slots=True)
class ShareWish:
    """With whom, how far and for how long. Without a beginning it is now; without an end there is none."""

    team_id: UUID
    role: Role
    starts_at: datetime | None = None
    expires_at: datetime | None = None


def share_generation(principal: Principal, generation_id: UUID, *, wish: ShareWish, check: Check) -> Share:
    """Share with a team in which the caller has a role, or change how it is shared already.

    `check` sees the locked share, or None, and may raise. Raises NotFound, PermissionDenied, InvalidInput or
    TeamArchived.
    """
    with transaction.atomic():
        hold_rights(principal.user_id, generation_id, team_id=wish.team_id)
        given = PERMISSIONS_OF_ROLE[wish.role]
        refusal = _refusal_to_share(principal, generation_id, given=given) or _refusal_to_meet(principal, wish.team_id)
        if refusal is None:
            return _put(principal, generation_id, wish=wish, check=check)
    raise refusal


def withdraw_share(principal: Principal, generation_id: UUID, *, team_id: UUID, check: Check) -> None:
    """End a share at once, whoever made it. Raises NotFound or PermissionDenied."""
    with transaction.atomic():
        hold_rights(principal.user_id, generation_id)
        refusal = _refusal_to_share(principal, generation_id)
        if refusal is None:
            _withdraw(principal, generation_id, team_id=team_id, check=check)
            return
    raise refusal


def _refusal_to_share(
    principal: Principal, generation_id: UUID, *, given: frozenset[Permission] = frozenset()
) -> VelroError | None:
    """Nobody gives what they do not hold: an operator may have granted somebody `share` without `write`."""
    decision = engine.decide(principal, actions.SHARE, generation_id)
    if given | {Permission.SHARE} <= decision.own_permissions:
        return None
    return PermissionDenied() if decision.is_allowed else engine.refusal_of(decision)


def _refusal_to_meet(principal: Principal, team_id: UUID) -> VelroError | None:
    """A team of other people looks like none."""
    decision = engine.decide(principal, READ_TEAM, team_id)
    return None if decision.is_allowed else engine.refusal_of(decision)


def _put(principal: Principal, generation_id: UUID, *, wish: ShareWish, check: Check) -> Share:
    if not Team.objects.filter(id=wish.team_id, is_closed=False).exists():
        raise TeamArchived
    period = period_of(wish.starts_at, wish.expires_at, longest=LONGEST_SHARE)
    share = Share.objects.select_for_update().filter(generation_id=generation_id, team_id=wish.team_id).first()
    check(share)
    share = share or Share(generation_id=generation_id, team_id=wish.team_id)
    share.role, share.shared_by_id = wish.role, principal.user_id
    share.starts_at, share.expires_at = period.starts_at, period.expires_at
    share.save()
    _record("generation.shared", share, principal=principal, role=wish.role, **_times_of(period))
    return share


def _withdraw(principal: Principal, generation_id: UUID, *, team_id: UUID, check: Check) -> None:
    share = Share.objects.select_for_update().filter(generation_id=generation_id, team_id=team_id).first()
    if share is None:
        raise NotFound
    check(share)
    _record("generation.share_withdrawn", share, principal=principal, role=share.role)
    share.delete()


def _times_of(period: Period) -> dict[str, str | None]:
    return {
        "starts_at": period.starts_at.isoformat(),
        "expires_at": period.expires_at.isoformat() if period.expires_at else None,
    }


def _record(name: str, share: Share, *, principal: Principal, **details: str | None) -> None:
    record_event(
        name,
        outcome=Outcome.SUCCEEDED,
        actor=actor_of(principal),
        subject=Subject(actions.RESOURCE, share.generation_id),
        details={"share": str(share.id), "team": str(share.team_id), **details},
    )
