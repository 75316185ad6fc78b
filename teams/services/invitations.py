"""Inviting people by mail, and taking that back."""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.utils import timezone

from accounts.models import User
from authorization.roles import Role
from teams import topics
from teams.actions import INVITE
from teams.errors import AlreadyMember
from teams.invitation_tokens import digest_of, token_of
from teams.mail import send_invitation
from teams.models import Invitation, Membership
from teams.services.changes import Caller, Check, TeamChange, any_version, changing_team
from velro.background.outbox import enqueue
from velro.errors import NotFound

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SentInvitation:
    """A new invitation. Its token goes by mail only; None wherever people work."""

    invitation: Invitation
    token: str | None = field(repr=False)


def invite(team_id: UUID, *, principal: Caller, email: str, role: Role) -> SentInvitation:
    """Write to an address. It takes the place of an open invitation to the same address.

    Raises PermissionDenied for a role that is not below the caller's, TeamArchived, AlreadyMember.
    """
    email = User.objects.normalize_email(email)
    with changing_team(team_id, principal=principal, action=INVITE) as change:
        change.require_reach(role)
        if _has_role(team_id, email=email, role=role):
            raise AlreadyMember
        _withdraw_former(change, email=email)
        invitation = _store(change, email=email, role=role)
        enqueue(topics.INVITATION, subject_id=invitation.id)
        change.record("invitation.sent", invitation=invitation.id, role=role)
    return SentInvitation(invitation, None if settings.ENVIRONMENT.is_deployed else token_of(invitation.id))


def withdraw_invitation(team_id: UUID, *, principal: Caller, invitation_id: UUID, check: Check = any_version) -> None:
    """Make an open invitation worthless. Raises NotFound for one that is not open."""
    with changing_team(team_id, principal=principal, action=INVITE) as change:
        invitation = Invitation.objects.open().select_for_update().filter(id=invitation_id, team_id=team_id).first()
        if invitation is None:
            raise NotFound
        _withdraw(change, invitation, check=check)


def write_invitation(invitation_id: UUID) -> None:
    """Send the letter, unless the invitation is over by now."""
    live = Invitation.objects.live().select_related("team", "invited_by")
    invitation = live.filter(id=invitation_id).first()
    if invitation is not None:
        send_invitation(invitation, token=token_of(invitation.id))


def give_up_invitation(invitation_id: UUID) -> None:
    """The mail system refused the letter for good; inviting again sends it again."""
    log.error("invitation_undelivered", invitation_id=str(invitation_id))


def _has_role(team_id: UUID, *, email: str, role: Role) -> bool:
    """Whether the address belongs to somebody with a role of their own, or with one from above that is as high."""
    memberships = Membership.objects.filter(user__email=email, team__descendant_rows__descendant_id=team_id)
    return any(it.team_id == team_id or it.role.rank >= role.rank for it in memberships)


def _withdraw_former(change: TeamChange, *, email: str) -> None:
    for former in Invitation.objects.open().select_for_update().filter(team=change.team, email=email):
        _withdraw(change, former)


def _withdraw(change: TeamChange, invitation: Invitation, *, check: Check = any_version) -> None:
    change.require_reach(invitation.role)
    check(invitation)
    invitation.withdrawn_at = timezone.now()
    invitation.save(update_fields=["withdrawn_at", "updated_at"])
    change.record("invitation.withdrawn", invitation=invitation.id, role=invitation.role)


def _store(change: TeamChange, *, email: str, role: Role) -> Invitation:
    if change.principal.user_id is None:
        raise ValueError("an invitation needs somebody who sends it")
    invitation_id = uuid4()
    return Invitation.objects.create(
        id=invitation_id,
        team=change.team,
        email=email,
        role=role,
        token_digest=digest_of(token_of(invitation_id)),
        invited_by_id=change.principal.user_id,
        expires_at=timezone.now() + timedelta(seconds=settings.ENVIRONMENT.invitation_lifetime),
    )
