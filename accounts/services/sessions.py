"""Opening and ending sessions."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import EndReason, Session, User
from accounts.models.session import LONGEST_ADDRESS, LONGEST_USER_AGENT
from accounts.session_context import SessionContext
from authorization.facts import Principal
from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event
from velro.errors import NotFound
from velro.observability.client_country import country_of
from velro.observability.client_device import fingerprint_of


@dataclass(frozen=True, slots=True)
class Device:
    """Where a sign-in comes from, as the request shows it."""

    address: str
    user_agent: str
    accept_language: str = ""

    @property
    def context(self) -> SessionContext:
        """Its country and fingerprint."""
        return SessionContext(country_of(self.address), fingerprint_of(self.user_agent, self.accept_language))


def open_session(user: User, *, device: Device) -> Session:
    """Store a new session. The caller has established who it is, and records why."""
    now, context = timezone.now(), device.context
    expires_at = now + timedelta(seconds=settings.ENVIRONMENT.session_lifetime)
    return Session.objects.create(
        user=user,
        created_at=now,
        last_seen_at=now,
        expires_at=expires_at,
        idle_expires_at=idle_deadline(now, expires_at),
        address=device.address[:LONGEST_ADDRESS],
        user_agent=_printable(device.user_agent)[:LONGEST_USER_AGENT],
        country=context.country,
        fingerprint=context.fingerprint,
        last_country=context.country,
        last_fingerprint=context.fingerprint,
    )


def idle_deadline(used_at: datetime, expires_at: datetime) -> datetime:
    """When a session used now falls idle, which is never after its absolute end."""
    return min(used_at + timedelta(seconds=settings.ENVIRONMENT.session_idle_lifetime), expires_at)


def sign_out(principal: Principal) -> None:
    """End the caller's own session."""
    own = Session.objects.filter(id=principal.session_id)
    end_sessions(own, reason=EndReason.SIGNED_OUT, actor=actor_of(principal))


def end_own_session(principal: Principal, session_id: UUID) -> None:
    """End one of the caller's sessions. Raises NotFound for one that is not theirs or not alive."""
    own = Session.objects.live().filter(id=session_id, user_id=principal.user_id)
    if not end_sessions(own, reason=EndReason.ENDED_BY_USER, actor=actor_of(principal)):
        raise NotFound


def end_other_sessions(principal: Principal, *, reason: EndReason = EndReason.ENDED_BY_USER) -> int:
    """End all of the caller's sessions but the one they speak from. Returns how many."""
    others = Session.objects.filter(user_id=principal.user_id).exclude(id=principal.session_id)
    return end_sessions(others, reason=reason, actor=actor_of(principal))


@transaction.atomic
def end_sessions(sessions: QuerySet[Session], *, reason: EndReason, actor: Actor) -> int:
    """End those of `sessions` that did not end yet, with one audit record each. Returns how many."""
    open_ids = list(sessions.filter(revoked_at=None).select_for_update(no_key=True).values_list("id", flat=True))
    if open_ids:
        Session.objects.filter(id__in=open_ids).update(revoked_at=timezone.now(), revoked_reason=reason)
    for session_id in open_ids:
        record_event(
            "session.ended",
            outcome=Outcome.SUCCEEDED,
            actor=actor,
            subject=Subject("session", session_id),
            reason=reason,
        )
    return len(open_ids)


def actor_of(principal: Principal) -> Actor:
    """The caller, as the audit trail names them."""
    return Actor(principal.user_id, principal.session_id)


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
