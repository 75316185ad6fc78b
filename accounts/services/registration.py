"""Opening an account and proving the address. Whoever registers never learns whether the address was known."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from django.core import signing
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.mail import send_notice_of_registration, send_verification
from accounts.models import EndReason, Session, User
from accounts.services.passwords import require_acceptable_password
from accounts.services.sessions import end_sessions
from accounts.topics import WELCOME
from velro.audit.models import Outcome
from velro.audit.services import SYSTEM, Actor, Subject, record_event
from velro.background.outbox import enqueue
from velro.errors import FieldProblem, InvalidInput

log = structlog.get_logger(__name__)

VERIFICATION_SALT: Final = "accounts.email_verification"
VERIFICATION_LIFETIME = timedelta(days=3)


def register(email: str, password: str, *, display_name: str) -> None:
    """Store the person unless the address is taken, and write to the address either way. Raises InvalidInput.

    Until an address is verified, each registration takes the place of the one before: what somebody else typed first
    counts for nothing. All cases run the same statements and hash one password, so neither answer nor time tells them
    apart.
    """
    candidate = User(email=User.objects.normalize_email(email), display_name=display_name)
    require_acceptable_password(password, user=candidate, pointer="/password")
    candidate.set_password(password)
    with transaction.atomic():
        User.objects.bulk_create([candidate], ignore_conflicts=True)
        user = User.objects.select_for_update(no_key=True).get(email=candidate.email)
        _replace_unverified(user.id, candidate=candidate)
        enqueue(WELCOME, subject_id=user.id)
        record_event(
            "account.registered",
            outcome=Outcome.DENIED if user.is_email_verified else Outcome.SUCCEEDED,
            subject=Subject("user", user.id),
            reason=_what_was_there(user, candidate=candidate),
        )


def welcome(user_id: UUID) -> None:
    """Write to who registered: a verification token, or a notice if the address belongs to a working account."""
    user = User.objects.filter(id=user_id).first()
    if user is None:
        return
    if user.is_email_verified:
        send_notice_of_registration(user)
    else:
        send_verification(user, token=verification_token(user))


def give_up_welcome(user_id: UUID) -> None:
    """The mail system refused the letter for good; registering again sends it again."""
    log.error("welcome_undelivered", user_id=str(user_id))


def verification_token(user: User) -> str:
    """Good for three days, for this address and for the password of now.

    It works once, because a verified address cannot be verified again.
    """
    return signing.dumps(_verified_by_token(user), salt=VERIFICATION_SALT)


@transaction.atomic
def verify_email(token: str) -> None:
    """Raises InvalidInput for a token that is altered, too old, used, or overtaken by another address or password."""
    try:
        claims = signing.loads(token, salt=VERIFICATION_SALT, max_age=VERIFICATION_LIFETIME)
    except signing.BadSignature as error:
        raise _unusable_token() from error
    unverified = User.objects.select_for_update(no_key=True).filter(id=claims["user"], email_verified_at=None)
    user = unverified.first()
    if user is None or claims != _verified_by_token(user):
        raise _unusable_token()
    user.email_verified_at = timezone.now()
    user.save(update_fields=["email_verified_at", "updated_at"])
    record_event(
        "account.email_verified", outcome=Outcome.SUCCEEDED, actor=Actor(user.id), subject=Subject("user", user.id)
    )


def _replace_unverified(user_id: UUID, *, candidate: User) -> None:
    User.objects.filter(id=user_id, email_verified_at=None).update(
        password=candidate.password, display_name=candidate.display_name, updated_at=timezone.now()
    )
    # Where an unverified address may sign in, the one who came first may have done so.
    opened_before = Session.objects.filter(user_id=user_id, user__email_verified_at=None)
    end_sessions(opened_before, reason=EndReason.PASSWORD_CHANGED, actor=SYSTEM)


def _what_was_there(user: User, *, candidate: User) -> str:
    """For the trail only."""
    if user.id == candidate.id:
        return ""
    return "address_taken" if user.is_email_verified else "unverified_replaced"


def _verified_by_token(user: User) -> dict[str, str]:
    # Whoever reads the mail must not confirm a password that somebody else chose, before or after.
    password = salted_hmac(VERIFICATION_SALT, user.password, algorithm="sha256").hexdigest()
    return {"user": str(user.id), "email": user.email, "password": password}


def _unusable_token() -> InvalidInput:
    return InvalidInput(errors=[FieldProblem("/token", "invalid_token", "This token is wrong, used or too old.")])
