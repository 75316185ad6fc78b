"""Suspending accounts and taking the suspension back."""

from uuid import UUID

from django.db import transaction

from accounts.models import AccountStatus, EndReason, Session, User
from accounts.services.sessions import end_sessions
from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event


@transaction.atomic
def suspend_account(user_id: UUID, *, actor: Actor) -> bool:
    """Close an active account to its owner and end its sessions. False if it was not active."""
    if not _move(user_id, source=AccountStatus.ACTIVE, target=AccountStatus.SUSPENDED, actor=actor):
        return False
    end_sessions(Session.objects.filter(user_id=user_id), reason=EndReason.ACCOUNT_UNAVAILABLE, actor=actor)
    return True


@transaction.atomic
def reactivate_account(user_id: UUID, *, actor: Actor) -> bool:
    """Open a suspended account again. An account that its owner closed stays closed: False."""
    return _move(user_id, source=AccountStatus.SUSPENDED, target=AccountStatus.ACTIVE, actor=actor)


def _move(user_id: UUID, *, source: AccountStatus, target: AccountStatus, actor: Actor) -> bool:
    user = User.objects.select_for_update(no_key=True).filter(id=user_id, status=source).first()
    if user is None:
        return False
    user.status = target
    user.save(update_fields=["status", "updated_at"])
    record_event(
        "account.status_changed",
        outcome=Outcome.SUCCEEDED,
        actor=actor,
        subject=Subject("user", user_id),
        details={"from": source, "to": target},
    )
    return True
