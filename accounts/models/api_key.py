"""A key by which a machine speaks for a person, within scopes and until a day."""

from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from accounts.models.user import User
from velro.models import UUIDModel

LONGEST_LIFE = timedelta(days=365)
LAST_USED_RESOLUTION = timedelta(minutes=1)


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Keys by whether they can still be used, by the database's clock."""

    def live(self) -> "ApiKeyQuerySet":
        """Neither revoked nor expired."""
        return self.filter(revoked_at=None, expires_at__gt=Now())

    def mark_used(self, key_id: UUID) -> None:
        """Note that a key is in use; to the minute, so that reading does not mean writing."""
        now = timezone.now()
        is_stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_RESOLUTION)
        self.filter(is_stale, id=key_id).update(last_used_at=now)


class ApiKey(UUIDModel):
    """The secret itself is known to its holder alone.

    `digest` is its SHA-256 in hexadecimal, which is enough for 256 random bits; `prefix` is what people know it by.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=100)
    scopes = ArrayField(models.CharField(max_length=50))
    prefix = models.CharField(max_length=20)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        verbose_name = "API key"
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="api_key_expires_within_a_year",
                condition=Q(expires_at__gt=F("created_at"), expires_at__lte=F("created_at") + LONGEST_LIFE),
            ),
            models.CheckConstraint(name="api_key_has_a_scope", condition=~Q(scopes=[])),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["user", "-created_at", "-id"], name="api_key_open_by_user", condition=Q(revoked_at=None)
            )
        ]

    def __str__(self) -> str:
        return self.prefix
