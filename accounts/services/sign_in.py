"""From e-mail address and password to a session, at either door: the API's or the admin's."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction

from accounts.errors import InvalidCredentials
from accounts.models import Session, User
from accounts.services.sessions import Device, open_session
from accounts.services.signing_keys import require_signing_key
from accounts.tokens import TokenPair, issue_pair
from authorization.caching.warm_up import WARMER
from authorization.errors import AccountUnavailable, Unauthenticated
from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event


class Door(StrEnum):
    """Where a password was typed, for the trail."""

    API = "api"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The outcome of a sign-in."""

    user: User
    session: Session
    tokens: TokenPair


def sign_in(email: str, password: str, *, device: Device) -> SignedIn:
    """Raises InvalidCredentials, AccountUnavailable only to who knows the password, or ServiceUnavailable."""
    user = _require_person(email, password, door=Door.API)
    key = require_signing_key()
    session = _open_if_unchanged(user, device=device)
    WARMER.want(user.id)
    return SignedIn(user, session, issue_pair(session, key=key))


def sign_in_operator(email: str, password: str) -> User:
    """Who may open the admin. Raises InvalidCredentials or AccountUnavailable.

    The session is Django's, which looks at status and password again with every request.
    """
    user = _require_person(email, password, door=Door.ADMIN)
    if not user.is_staff:
        raise _refused("not_an_operator", AccountUnavailable(), door=Door.ADMIN, user=user)
    record_event(
        "session.started",
        outcome=Outcome.SUCCEEDED,
        actor=Actor(user.id),
        subject=Subject("user", user.id),
        details={"door": Door.ADMIN},
    )
    return user


def _require_person(email: str, password: str, *, door: Door) -> User:
    user = User.objects.filter(email=User.objects.normalize_email(email)).first()
    refused = partial(_refused, door=door, user=user)
    if user is None:
        make_password(password)  # the work of a comparison, so that time does not tell who has an account
        raise refused("unknown_address", InvalidCredentials())
    if not user.check_password(password):
        raise refused("wrong_password", InvalidCredentials())
    if not user.is_active:
        raise refused("account_not_active", AccountUnavailable())
    if settings.ENVIRONMENT.is_deployed and not user.is_email_verified:
        raise refused("email_not_verified", AccountUnavailable("Verify your e-mail address first."))
    return user


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
        details={"door": Door.API},
    )
    return session


def _refused(reason: str, error: Unauthenticated, *, door: Door, user: User | None) -> Unauthenticated:
    subject = Subject("user", user.id) if user else None
    record_event("session.refused", outcome=Outcome.DENIED, subject=subject, reason=reason, details={"door": door})
    return error
