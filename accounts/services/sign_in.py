"""From e-mail address and password to a session."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.errors import InvalidCredentials
from accounts.models import Session, User
from accounts.services.sessions import Device, open_session
from accounts.services.signing_keys import require_signing_key
from accounts.tokens import TokenPair, issue_pair
from authorization.errors import AccountUnavailable
from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The outcome of a sign-in."""

    user: User
    session: Session
    tokens: TokenPair


def sign_in(email: str, password: str, *, device: Device) -> SignedIn:
    """Raises InvalidCredentials, and AccountUnavailable only to who knows the password."""
    user = User.objects.filter(email=User.objects.normalize_email(email)).first()
    if user is None:
        make_password(password)  # the work of a comparison, so that time does not tell who has an account
        raise _failed("unknown_address", InvalidCredentials())
    if not user.check_password(password):
        raise _failed("wrong_password", InvalidCredentials(), user_id=user.id)
    if not user.is_active:
        raise _failed("account_not_active", AccountUnavailable(), user_id=user.id)
    if settings.ENVIRONMENT.is_deployed and not user.is_email_verified:
        raise _failed("email_not_verified", AccountUnavailable("Verify your e-mail address first."), user_id=user.id)
    key = require_signing_key()
    session = _open_if_unchanged(user, device=device)
    return SignedIn(user, session, issue_pair(session, key=key))


@transaction.atomic
def _open_if_unchanged(user: User, *, device: Device) -> Session:
    # A suspension or a new password that commits while this one is compared must not leave a session behind.
    unchanged = User.objects.select_for_update(no_key=True).filter(
        id=user.id, password=user.password, status=user.status
    )
    if unchanged.first() is None:
        raise InvalidCredentials
    session = open_session(user, device=device)
    record_event(
        "session.started",
        outcome=Outcome.SUCCEEDED,
        actor=Actor(user.id, session.id),
        subject=Subject("session", session.id),
    )
    return session


def _failed(reason: str, error: Exception, *, user_id: UUID | None = None) -> Exception:
    subject = Subject("user", user_id) if user_id else None
    record_event("session.refused", outcome=Outcome.DENIED, subject=subject, reason=reason)
    return error
