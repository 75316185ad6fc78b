"""What is read of accounts."""

from dataclasses import dataclass, replace
from math import inf
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from accounts.models import AccountStatus, ApiKey, KeyState, Session, SigningKey, User
from accounts.models.api_key import LAST_USED_RESOLUTION
from accounts.models.session import LAST_SEEN_RESOLUTION
from accounts.session_context import SessionContext
from accounts.tokens import Claimed, VerifyingKey
from authorization.facts import Principal

# A key counts while it signs or while a token it signed may be alive; a key that has not signed yet verifies nothing.
VERIFYING = Q(state=KeyState.ACTIVE) | Q(state=KeyState.RETIRED, verifies_until__gt=Now())

# One statement for every request, which the ORM cannot write: no relation leads from a key to a session. Its last line
# is VERIFYING, and a test holds the two against each other in every state of a key.
IDENTITY_SQL: Final = """
SELECT key.kid, key.algorithm, key.public_key, session.user_id,
       session.revoked_at IS NULL AND least(session.expires_at, session.idle_expires_at) > statement_timestamp(),
       session.last_seen_at < statement_timestamp() - make_interval(secs => %(seen_seconds)s),
       session.last_country, session.last_fingerprint,
       session.last_seen_at > statement_timestamp() - make_interval(mins => %(travel_minutes)s),
       session.context_changed_at > statement_timestamp() - make_interval(secs => %(seen_seconds)s),
       account.status, account.is_staff AND account.is_superuser,
       (SELECT extract(epoch FROM min(turn.at))::float8
          FROM unnest(ARRAY[
               key.verifies_until, session.expires_at, session.idle_expires_at,
               statement_timestamp() + make_interval(mins => %(travel_minutes)s),
               session.context_changed_at + make_interval(secs => %(seen_seconds)s)]) AS turn (at)
         WHERE turn.at >= statement_timestamp())
  FROM accounts_signingkey AS key
  LEFT JOIN accounts_session AS session ON session.id = %(session_id)s
  LEFT JOIN accounts_user AS account ON account.id = session.user_id
 WHERE key.kid = %(kid)s
   AND (key.state = 'active' OR key.state = 'retired' AND key.verifies_until > statement_timestamp())
"""


@dataclass(frozen=True, slots=True)
class IdentityFacts:
    """All that layer 3 needs, from one snapshot. All but the key is None or False without such a session.

    It is so until `changes_at` by the database's clock, in seconds since 1970, if nothing else changes it.
    """

    key: VerifyingKey
    user_id: UUID | None
    is_session_live: bool
    is_last_seen_stale: bool
    context: SessionContext
    was_seen_lately: bool
    has_just_changed: bool
    status: AccountStatus | None
    is_operator: bool
    changes_at: float

    def after_use(self, context: SessionContext) -> "IdentityFacts":
        """What will be read once it was noted that the session was used just now, there."""
        return replace(self, is_last_seen_stale=False, was_seen_lately=True, context=self.context.after(context))


def identity_facts(claimed: Claimed) -> IdentityFacts | None:
    """Key, session and account in one statement, by the database's clock. None if no key of that id verifies."""
    with connection.cursor() as cursor:
        cursor.execute(
            IDENTITY_SQL,
            {
                "kid": claimed.kid,
                "session_id": claimed.session_id,
                "seen_seconds": LAST_SEEN_RESOLUTION.total_seconds(),
                "travel_minutes": settings.ENVIRONMENT.impossible_travel_minutes,
            },
        )
        row = cursor.fetchone()
    if row is None:
        return None
    *key, user_id, is_live, is_stale, country, fingerprint, is_recent, has_changed, status, is_operator, until = row
    return IdentityFacts(
        key=VerifyingKey(*key),
        user_id=user_id,
        is_session_live=bool(is_live),
        is_last_seen_stale=bool(is_stale),
        context=SessionContext(country or "", fingerprint or ""),
        was_seen_lately=bool(is_recent),
        has_just_changed=bool(has_changed),
        status=AccountStatus(status) if status else None,
        is_operator=bool(is_operator),
        changes_at=inf if until is None else until,
    )


@dataclass(frozen=True, slots=True)
class ApiKeyFacts:
    """All that layer 3 needs of a key that was not revoked, and of its owner, from one snapshot.

    It is so until `changes_at` by the database's clock, in seconds since 1970, if nothing else changes it: for a minute
    at most, so that a key in use is seen to be.
    """

    key_id: UUID
    user_id: UUID
    scopes: frozenset[str]
    status: AccountStatus
    is_operator: bool
    is_expired: bool
    is_last_used_stale: bool
    changes_at: float


def api_key_facts(digest: str) -> ApiKeyFacts | None:
    """Key and owner in one statement. None for a key that nobody issued or that was revoked."""
    row = (
        ApiKey.objects.filter(digest=digest, revoked_at=None)
        .annotate(clock=Now())
        .annotate(is_operator=Q(user__is_staff=True, user__is_superuser=True))
        .values_list("id", "user_id", "scopes", "user__status", "is_operator", "expires_at", "last_used_at", "clock")
        .first()
    )
    if row is None:
        return None
    key_id, user_id, scopes, status, is_operator, expires_at, last_used_at, now = row
    return ApiKeyFacts(
        key_id=key_id,
        user_id=user_id,
        scopes=frozenset(scopes),
        status=AccountStatus(status),
        is_operator=is_operator,
        is_expired=expires_at <= now,
        is_last_used_stale=last_used_at is None or last_used_at < now - LAST_USED_RESOLUTION,
        changes_at=min(expires_at, now + LAST_USED_RESOLUTION).timestamp(),
    )


def verifying_key(kid: str) -> VerifyingKey | None:
    """The public part of a key whose tokens are good."""
    row = SigningKey.objects.filter(VERIFYING, kid=kid).values_list("kid", "algorithm", "public_key").first()
    return VerifyingKey(*row) if row else None


def published_keys() -> QuerySet[SigningKey]:
    """The keys that others may meet: the next one too, so that it is known before its first signature."""
    return SigningKey.objects.filter(VERIFYING | Q(state=KeyState.NEXT)).order_by("created_at")


def sessions_visible_to(principal: Principal) -> QuerySet[Session]:
    """The caller's live sessions."""
    return Session.objects.live().filter(user_id=principal.user_id)


def api_keys_visible_to(principal: Principal) -> QuerySet[ApiKey]:
    """The caller's keys that work."""
    return ApiKey.objects.live().filter(user_id=principal.user_id)


def own_account(principal: Principal) -> User:
    """The caller, as stored."""
    return User.objects.get(id=principal.user_id)
