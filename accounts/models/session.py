"""A session: one sign-in on one device, and the family of refresh tokens that descend from it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID, uuid4

from django.db import connections, models
from django.db.models.functions import Now

from accounts.models.user import User
from accounts.session_context import ContextChange, SessionContext
from velro.models import UUIDModel
from velro.observability.client_device import FINGERPRINT_LENGTH

LONGEST_USER_AGENT = 300
LONGEST_ADDRESS = 64
LAST_SEEN_RESOLUTION = timedelta(minutes=1)
MARK_SEEN: Final = """
UPDATE accounts_session AS session
   SET last_seen_at = statement_timestamp(), last_country = seen.country, last_fingerprint = seen.fingerprint
  FROM unnest(%(ids)s::uuid[], %(countries)s::text[], %(fingerprints)s::text[]) AS seen (id, country, fingerprint)
 WHERE session.id = seen.id
   AND session.id IN (SELECT id FROM accounts_session
                       WHERE id = ANY(%(ids)s) AND last_seen_at < statement_timestamp() - %(seconds)s * interval '1 s'
                         FOR NO KEY UPDATE SKIP LOCKED)
"""


class EndReason(models.TextChoices):
    """Why a session ended before its time."""

    SIGNED_OUT = "signed_out"
    ENDED_BY_USER = "ended_by_user"
    ENDED_BY_OPERATOR = "ended_by_operator"
    REFRESH_REUSED = "refresh_reused"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a reason, not a password
    ACCOUNT_UNAVAILABLE = "account_unavailable"
    CONTEXT_CHANGED = "context_changed"


class SessionQuerySet(models.QuerySet["Session"]):
    """Sessions by whether they can still be used, by the database's clock."""

    def live(self) -> "SessionQuerySet":
        """Neither ended nor past one of their two deadlines."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=Now(), idle_expires_at__gt=Now())

    def mark_seen(self, seen: Mapping[UUID, SessionContext]) -> None:
        """Note that sessions are in use, and where; to the minute, so that reading does not mean writing.

        One that somebody else is changing at this moment is left out: it will be seen again.
        """
        contexts = seen.values()
        with connections[self.db].cursor() as cursor:
            cursor.execute(
                MARK_SEEN,
                {
                    "ids": list(seen),
                    "countries": [context.country for context in contexts],
                    "fingerprints": [context.fingerprint for context in contexts],
                    "seconds": LAST_SEEN_RESOLUTION.total_seconds(),
                },
            )

    def remember_change(self, session_id: UUID, change: ContextChange, *, at: datetime) -> bool:
        """Note where an open session is now. False if another request was first to see this change."""
        unchanged = self.filter(
            id=session_id,
            revoked_at=None,
            last_country=change.before.country,
            last_fingerprint=change.before.fingerprint,
        )
        return bool(
            unchanged.update(
                last_seen_at=at,
                context_changed_at=at,
                last_country=change.after.country,
                last_fingerprint=change.after.fingerprint,
            )
        )


class Session(UUIDModel):
    """Lives until `expires_at` at most, until `idle_expires_at` without a refresh, or until it is revoked.

    `refresh_id` is the `jti` of the only refresh token that is still good; every older one is spent. `country` and
    `fingerprint` are of the sign-in, `last_country` and `last_fingerprint` of the last use.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sessions")
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    idle_expires_at = models.DateTimeField()
    address = models.CharField(max_length=LONGEST_ADDRESS, blank=True)
    user_agent = models.CharField(max_length=LONGEST_USER_AGENT, blank=True)
    country = models.CharField(max_length=2, blank=True)
    fingerprint = models.CharField(max_length=FINGERPRINT_LENGTH, blank=True)
    last_country = models.CharField(max_length=2, blank=True)
    last_fingerprint = models.CharField(max_length=FINGERPRINT_LENGTH, blank=True)
    context_changed_at = models.DateTimeField(null=True, blank=True)
    refresh_id = models.UUIDField(default=uuid4)
    refresh_count = models.PositiveIntegerField(default=0)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_reason = models.CharField(max_length=20, choices=EndReason.choices, blank=True)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="session_ends_for_a_reason",
                condition=models.Q(revoked_at__isnull=True, revoked_reason="")
                | models.Q(revoked_at__isnull=False, revoked_reason__in=EndReason.values),
            ),
            models.CheckConstraint(
                name="session_deadlines_are_ordered",
                condition=models.Q(idle_expires_at__lte=models.F("expires_at"))
                & models.Q(created_at__lt=models.F("expires_at")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["user", "-created_at", "-id"],
                name="session_open_by_user",
                condition=models.Q(revoked_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def last_context(self) -> SessionContext:
        """Where and on what it was last used."""
        return SessionContext(self.last_country, self.last_fingerprint)
