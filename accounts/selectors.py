"""What is read of accounts."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from accounts.models import AccountStatus, KeyState, Session, SigningKey, User
from accounts.models.session import LAST_SEEN_RESOLUTION
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
       account.status
  FROM accounts_signingkey AS key
  LEFT JOIN accounts_session AS session ON session.id = %(session_id)s
  LEFT JOIN accounts_user AS account ON account.id = session.user_id
 WHERE key.kid = %(kid)s
   AND (key.state = 'active' OR key.state = 'retired' AND key.verifies_until > statement_timestamp())
"""


@dataclass(frozen=True, slots=True)
class IdentityFacts:
    """All that layer 3 needs, from one snapshot. All but the key is None or False without such a session."""

    key: VerifyingKey
    user_id: UUID | None
    is_session_live: bool
    is_last_seen_stale: bool
    status: AccountStatus | None


def identity_facts(claimed: Claimed) -> IdentityFacts | None:
    """Key, session and account in one statement, by the database's clock. None if no key of that id verifies."""
    with connection.cursor() as cursor:
        cursor.execute(
            IDENTITY_SQL,
            {
                "kid": claimed.kid,
                "session_id": claimed.session_id,
                "seen_seconds": LAST_SEEN_RESOLUTION.total_seconds(),
            },
        )
        row = cursor.fetchone()
    if row is None:
        return None
    kid, algorithm, public_key, user_id, is_live, is_stale, status = row
    return IdentityFacts(
        key=VerifyingKey(kid, algorithm, public_key),
        user_id=user_id,
        is_session_live=bool(is_live),
        is_last_seen_stale=bool(is_stale),
        status=AccountStatus(status) if status else None,
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


def own_account(principal: Principal) -> User:
    """The caller, as stored."""
    return User.objects.get(id=principal.user_id)
