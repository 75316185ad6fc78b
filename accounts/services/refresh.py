"""Rotation of refresh tokens: each one buys the next pair once, and a second use ends the family."""

from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.errors import RefreshReused
from accounts.models import EndReason, Session
from accounts.selectors import verifying_key
from accounts.services.session_binding import note_change
from accounts.services.sessions import Device, end_sessions, idle_deadline
from accounts.services.signing_keys import require_signing_key
from accounts.session_context import SessionContext, surprising_change
from accounts.tokens import Claims, RefreshToken, TokenPair, issue_pair, read_token, read_unverified
from authorization.errors import AccountUnavailable, SessionRevoked, TokenInvalid, Unauthenticated
from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event


def refresh_session(token: str, *, device: Device) -> TokenPair:
    """The next pair. Raises TokenInvalid, TokenExpired, SessionRevoked, AccountUnavailable or RefreshReused.

    Raises ServiceUnavailable, with the token still good, when the next pair could not be signed.
    """
    key = verifying_key(read_unverified(token).kid)
    if key is None:
        raise TokenInvalid
    claims = read_token(token, kind=RefreshToken, key=key)
    signing_key = require_signing_key()
    outcome = _rotate(claims, device=device)
    if isinstance(outcome, Unauthenticated):
        raise outcome
    return issue_pair(outcome, key=signing_key)


@transaction.atomic
def _rotate(claims: Claims, *, device: Device) -> Session | Unauthenticated:
    """Where a refusal ends the session it is returned, not raised: the end has to be committed first."""
    owned = Session.objects.select_for_update(of=("self",)).select_related("user")
    session = owned.filter(id=claims.session_id, user_id=claims.user_id).first()
    if session is None:
        raise SessionRevoked
    if session.refresh_id != claims.token_id:
        _end_family(session)
        return RefreshReused()
    _require_usable(session)
    if _has_moved_too_far(session, device=device):
        return SessionRevoked()
    _advance(session, context=session.last_context.after(device.context))
    return session


def _end_family(session: Session) -> None:
    actor = Actor(session.user_id, session.id)
    record_event("session.refresh_reused", outcome=Outcome.DENIED, actor=actor, subject=Subject("session", session.id))
    end_sessions(Session.objects.filter(id=session.id), reason=EndReason.REFRESH_REUSED, actor=actor)


def _require_usable(session: Session) -> None:
    if not session.user.is_active:
        raise AccountUnavailable
    if session.revoked_at is not None or timezone.now() >= session.idle_expires_at:
        raise SessionRevoked


def _has_moved_too_far(session: Session, *, device: Device) -> bool:
    since = timezone.now() - timedelta(minutes=settings.ENVIRONMENT.impossible_travel_minutes)
    change = surprising_change(session.last_context, device.context, was_seen_lately=session.last_seen_at > since)
    return change is not None and note_change(session.id, user_id=session.user_id, change=change)


def _advance(session: Session, *, context: SessionContext) -> None:
    now = timezone.now()
    session.refresh_id = uuid4()
    session.refresh_count += 1
    session.last_seen_at = now
    session.idle_expires_at = idle_deadline(now, session.expires_at)
    session.last_country, session.last_fingerprint = context.country, context.fingerprint
    session.save(
        update_fields=[
            "refresh_id",
            "refresh_count",
            "last_seen_at",
            "idle_expires_at",
            "last_country",
            "last_fingerprint",
        ]
    )
