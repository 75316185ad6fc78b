"""Opening an account and proving the address. Whoever registers never learns whether the address was known."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from django.core import signing
from django.db import transaction
from django.utils import timezone

from accounts.mail import send_notice_of_registration, send_verification
from accounts.models import User
from accounts.services.passwords import require_acceptable_password
from accounts.topics import WELCOME
from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event
from velro.background.outbox import enqueue
from velro.errors import FieldProblem, InvalidInput

log = structlog.get_logger(__name__)

VERIFICATION_SALT: Final = "accounts.email_verification"
VERIFICATION_LIFETIME = timedelta(days=3)


def register(email: str, password: str, *, display_name: str) -> None:
    """Store the person unless the address is taken, and write to the address either way. Raises InvalidInput.

    Both cases run the same statements and hash one password, so neither answer nor time tells them apart.
    """
    candidate = User(email=User.objects.normalize_email(email), display_name=display_name)
    require_acceptable_password(password, user=candidate, pointer="/password")
    candidate.set_password(password)
    with transaction.atomic():
        User.objects.bulk_create([candidate], ignore_conflicts=True)
        user = User.objects.get(email=candidate.email)
        is_new = user.id == candidate.id
        enqueue(WELCOME, subject_id=user.id)
        record_event(
            "account.registered",
            outcome=Outcome.SUCCEEDED if is_new else Outcome.DENIED,
            subject=Subject("user", user.id),
            reason="" if is_new else "address_taken",
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
    """Good for three days and for this address; it works once, because a verified address cannot be verified again."""
    return signing.dumps({"user": str(user.id), "email": user.email}, salt=VERIFICATION_SALT)


@transaction.atomic
def verify_email(token: str) -> None:
    """Raises InvalidInput for a token that is altered, too old, used or for an address that changed since."""
    try:
        claims = signing.loads(token, salt=VERIFICATION_SALT, max_age=VERIFICATION_LIFETIME)
    except signing.BadSignature as error:
        raise _unusable_token() from error
    unverified = User.objects.filter(id=claims["user"], email=claims["email"], email_verified_at=None)
    if not unverified.update(email_verified_at=timezone.now()):
        raise _unusable_token()
    user_id = UUID(claims["user"])
    record_event(
        "account.email_verified", outcome=Outcome.SUCCEEDED, actor=Actor(user_id), subject=Subject("user", user_id)
    )


def _unusable_token() -> InvalidInput:
    return InvalidInput(errors=[FieldProblem("/token", "invalid_token", "This token is wrong, used or too old.")])
