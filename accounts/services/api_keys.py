"""Issuing and revoking API keys."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.api_keys import digest_of, new_secret, prefix_of
from accounts.errors import TooManyApiKeys
from accounts.models import ApiKey, User
from accounts.models.api_key import LONGEST_LIFE
from accounts.services.sessions import actor_of
from authorization.facts import Principal
from authorization.scopes import Scope
from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event
from velro.errors import FieldProblem, InvalidInput, NotFound

DEFAULT_LIFE: Final = timedelta(days=90)
MOST_LIVE_KEYS: Final = 50


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key with its secret, which is shown this once."""

    key: ApiKey
    secret: str = field(repr=False)


@transaction.atomic
def issue_api_key(
    principal: Principal, *, name: str, scopes: set[Scope], expires_at: datetime | None = None
) -> IssuedKey:
    """A key for the caller, by default for 90 days. Raises InvalidInput or TooManyApiKeys."""
    now = timezone.now()
    expires_at = expires_at or now + DEFAULT_LIFE
    if not now < expires_at <= now + LONGEST_LIFE:
        fault = FieldProblem("/expires_at", "out_of_range", f"Choose a time within {LONGEST_LIFE.days} days.")
        raise InvalidInput(errors=[fault])
    # The lock makes two requests at once count one after the other.
    owner = User.objects.select_for_update(no_key=True).get(id=principal.user_id)
    if ApiKey.objects.live().filter(user=owner).count() >= MOST_LIVE_KEYS:
        raise TooManyApiKeys(f"Revoke one of your {MOST_LIVE_KEYS} keys first.")
    secret = new_secret()
    key = ApiKey.objects.create(
        user=owner,
        name=name,
        scopes=sorted(scopes),
        prefix=prefix_of(secret),
        digest=digest_of(secret),
        created_at=now,
        expires_at=expires_at,
    )
    _record("api_key.issued", key, actor=actor_of(principal))
    return IssuedKey(key, secret)


def revoke_api_key(principal: Principal, key_id: UUID) -> None:
    """End one of the caller's keys at once. Raises NotFound for one that is not theirs or not alive."""
    own = ApiKey.objects.live().filter(id=key_id, user_id=principal.user_id)
    if not revoke_api_keys(own, actor=actor_of(principal)):
        raise NotFound


@transaction.atomic
def revoke_api_keys(keys: QuerySet[ApiKey], *, actor: Actor) -> int:
    """End those of `keys` that nobody revoked yet, with one audit record each. Returns how many."""
    found = list(keys.filter(revoked_at=None).select_for_update())
    ApiKey.objects.filter(id__in=[key.id for key in found]).update(revoked_at=timezone.now())
    for key in found:
        _record("api_key.revoked", key, actor=actor)
    return len(found)


def _record(name: str, key: ApiKey, *, actor: Actor) -> None:
    record_event(
        name,
        outcome=Outcome.SUCCEEDED,
        actor=actor,
        subject=Subject("api_key", key.id),
        details={"scopes": key.scopes, "expires_at": key.expires_at.isoformat()},
    )
