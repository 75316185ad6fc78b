"""Accepting an invitation: once, by whom it was sent to, while its sender could still give the role."""

from typing import Final
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from authorization.facts import Principal
from authorization.roles import may_hand_out
from teams.actions import INVITE, TEAM, allows
from teams.invitation_tokens import digest_of
from teams.models import Invitation, Team
from teams.services.changes import actor_of, changing_teams
from teams.services.locking import act_as, lock_people, lock_role, lock_teams
from teams.services.membership import raise_role
from velro.audit.models import Outcome, Severity
from velro.audit.services import Subject, record_event
from velro.errors import FieldProblem, InvalidInput

UNKNOWN: Final = "unknown_token"


def accept_invitation(token: str, *, principal: Principal) -> UUID:
    """Returns the id of the team.

    Raises InvalidInput, the same for a token that is unknown, for somebody else, used, withdrawn, too old, or overtaken
    by what happened to its sender or the team; the trail knows which.
    """
    invitation = Invitation.objects.filter(token_digest=digest_of(token)).first()
    reason = UNKNOWN if invitation is None else _accept(invitation, principal=principal)
    if invitation is None or reason:
        record_event(
            "invitation.refused",
            outcome=Outcome.DENIED,
            actor=actor_of(principal),
            subject=Subject(TEAM, invitation.team_id) if invitation else None,
            reason=reason,
        )
        fault = FieldProblem("/token", "invalid_token", "This token is wrong, used, too old, or for another address.")
        raise InvalidInput(errors=[fault])
    return invitation.team_id


def _accept(found: Invitation, *, principal: Principal) -> str:
    """Why not; empty when it was accepted."""
    with changing_teams(principal, about=found.team_id):
        people = lock_people([principal.user_id, found.invited_by_id])
        team = lock_teams([found.team_id]).get(found.team_id)
        invitation = Invitation.objects.open().select_for_update().filter(id=found.id).first()
        if invitation is None or team is None:
            return "used_or_withdrawn"
        reason = _fault_of(invitation, team=team, people=people, user_id=principal.user_id)
        if not reason:
            _join(invitation, team=team, principal=principal)
        return reason


def _fault_of(invitation: Invitation, *, team: Team, people: dict[UUID, User], user_id: UUID) -> str:
    person = people.get(user_id)
    if person is None or person.email != invitation.email:
        return "another_address"
    if settings.ENVIRONMENT.is_deployed and not person.is_email_verified:
        return "email_not_verified"
    if invitation.expires_at <= timezone.now():
        return "expired"
    if team.is_closed:
        return "team_archived"
    return "" if _may_still_be_given(invitation, people.get(invitation.invited_by_id)) else "inviter_without_role"


def _may_still_be_given(invitation: Invitation, inviter: User | None) -> bool:
    if inviter is None:
        return False
    role = lock_role(inviter.id, invitation.team_id)
    return inviter.is_superuser or (allows(role, INVITE) and may_hand_out(role, invitation.role))


def _join(invitation: Invitation, *, team: Team, principal: Principal) -> None:
    # The role is given by who sent the letter, so the triggers hold it against theirs. Operators need none.
    act_as(None if invitation.invited_by.is_superuser else invitation.invited_by_id)
    raise_role(team.id, principal.user_id, invitation.role)
    invitation.accepted_at = timezone.now()
    invitation.save(update_fields=["accepted_at", "updated_at"])
    record_event(
        "invitation.accepted",
        outcome=Outcome.SUCCEEDED,
        # An operator gives nothing to themselves, but nobody knows whose address it is that they wrote to.
        severity=Severity.WARNING if invitation.invited_by.is_superuser else Severity.INFO,
        actor=actor_of(principal),
        subject=Subject(TEAM, team.id),
        details={
            "invitation": str(invitation.id),
            "role": invitation.role,
            "invited_by": str(invitation.invited_by_id),
        },
    )
