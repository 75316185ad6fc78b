"""Life of the signing keys. Changes hold one advisory lock, so concurrent first uses and rotations make one key."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Least
from django.utils import timezone

from accounts.errors import UnknownSigningKey
from accounts.key_material import generate_key_pair, public_parameters
from accounts.models import KeyState, SigningKey
from accounts.selectors import published_keys
from velro.audit.models import Outcome
from velro.audit.services import Subject, record_event
from velro.encryption import UnreadableSecret, seal, unseal
from velro.errors import ServiceUnavailable

RING_LOCK: Final = 0x56454C524F  # any number nobody else locks
# Longer than any cache of the published set, so that nobody meets a signature by a key they could not know.
PUBLICATION_LEAD = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class RingChange:
    """Key ids that changed their state; empty when nothing was due."""

    activated: str = ""
    retired: str = ""
    published: str = ""


def active_signing_key() -> SigningKey:
    """The key that signs now; the first call of all makes it."""
    key = SigningKey.objects.filter(state=KeyState.ACTIVE).first()
    return key or _make_first_key()


@transaction.atomic
def rotate_signing_keys(*, is_forced: bool = False) -> RingChange:
    """Publish a next key if there is none, and put it to work when the active one is old enough (or at once)."""
    _lock_ring()
    active, successor = _live_key(KeyState.ACTIVE), _live_key(KeyState.NEXT)
    if active is None or is_forced or _is_due(active, successor):
        return _promote(active, successor)
    return RingChange() if successor else RingChange(published=_create_key(KeyState.NEXT).kid)


@transaction.atomic
def retire_signing_key(kid: str) -> RingChange:
    """Make every token of this key invalid at once, for a key that may be known to others. Raises UnknownSigningKey."""
    _lock_ring()
    key = SigningKey.objects.filter(kid=kid).first()
    if key is None:
        raise UnknownSigningKey
    change = _replace(key)
    SigningKey.objects.filter(id=key.id).update(verifies_until=Least("verifies_until", timezone.now()))
    record_event("signing_key.revoked", outcome=Outcome.SUCCEEDED, subject=Subject("signing_key", key.id))
    return change


def require_signing_key() -> SigningKey:
    """The active key, proved to be readable. Raises ServiceUnavailable.

    Ask before anything is stored for tokens that could then not be signed.
    """
    key = active_signing_key()
    try:
        unseal(key.private_key, context=key.seal_context)
    except UnreadableSecret as error:
        raise ServiceUnavailable("Tokens cannot be signed at the moment.") from error
    return key


def json_web_keys() -> list[dict[str, str]]:
    """The published set. It is never empty: the first call of all makes a key."""
    active_signing_key()
    return [
        public_parameters(key.public_key) | {"use": "sig", "alg": key.algorithm, "kid": key.kid}
        for key in published_keys()
    ]


def _replace(key: SigningKey) -> RingChange:
    if key.state == KeyState.ACTIVE:
        return _promote(key, _live_key(KeyState.NEXT))
    if key.state == KeyState.NEXT:
        _retire(key)
        return RingChange(retired=key.kid, published=_create_key(KeyState.NEXT).kid)
    return RingChange(retired=key.kid)


@transaction.atomic
def _make_first_key() -> SigningKey:
    _lock_ring()
    return _live_key(KeyState.ACTIVE) or _create_key(KeyState.ACTIVE)


def _lock_ring() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [RING_LOCK])


def _live_key(state: KeyState) -> SigningKey | None:
    return SigningKey.objects.filter(state=state).first()


def _is_due(active: SigningKey, successor: SigningKey | None) -> bool:
    if successor is None or active.activated_at is None:
        return False
    lifetime = timedelta(seconds=settings.ENVIRONMENT.signing_key_lifetime)
    now = timezone.now()
    return now >= active.activated_at + lifetime and now >= successor.created_at + PUBLICATION_LEAD


def _promote(active: SigningKey | None, successor: SigningKey | None) -> RingChange:
    if active:
        _retire(active)
    activated = _activate(successor) if successor else _create_key(KeyState.ACTIVE)
    published = _create_key(KeyState.NEXT)
    record_event("signing_key.rotated", outcome=Outcome.SUCCEEDED, subject=Subject("signing_key", activated.id))
    return RingChange(activated.kid, active.kid if active else "", published.kid)


def _create_key(state: KeyState) -> SigningKey:
    pair, now = generate_key_pair(), timezone.now()
    key = SigningKey(id=uuid4(), kid=pair.kid, public_key=pair.public_key, state=state, created_at=now)
    key.private_key = seal(pair.private_key.encode(), context=key.seal_context)
    key.activated_at = now if state == KeyState.ACTIVE else None
    key.save(force_insert=True)
    return key


def _activate(key: SigningKey) -> SigningKey:
    key.state, key.activated_at = KeyState.ACTIVE, timezone.now()
    key.save(update_fields=["state", "activated_at"])
    return key


def _retire(key: SigningKey) -> None:
    now = timezone.now()
    key.state, key.retired_at, key.verifies_until, key.private_key = KeyState.RETIRED, now, _last_expiry(now), ""
    key.save(update_fields=["state", "retired_at", "verifies_until", "private_key"])


def _last_expiry(signed_at: datetime) -> datetime:
    environment = settings.ENVIRONMENT
    return signed_at + timedelta(seconds=max(environment.session_idle_lifetime, environment.jwt_access_lifetime))
