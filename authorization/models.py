"""What the engine itself keeps: glass that an operator broke."""

from datetime import timedelta
from typing import ClassVar, Final

from django.conf import settings
from django.db import models

from authorization.role_fields import PermissionsField
from velro.models import UUIDModel

BREAK_GLASS_LASTS: Final = timedelta(minutes=15)
LONGEST_REASON: Final = 1000


class BreakGlassGrant(UUIDModel):
    """An operator's look at one resource for a written reason: from `opened_at` until `expires_at` or `closed_at`."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="break_glass_grants")
    resource_type = models.CharField(max_length=50)
    resource_id = models.UUIDField()
    permissions = PermissionsField()
    reason = models.CharField(max_length=LONGEST_REASON)
    opened_at = models.DateTimeField(db_default=models.functions.Now())
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-opened_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="break_glass_has_a_reason", condition=~models.Q(reason="")),
            models.CheckConstraint(name="break_glass_gives_something", condition=models.Q(permissions__gt=0)),
            models.CheckConstraint(
                name="break_glass_lasts_15_minutes_at_most",
                condition=models.Q(expires_at__lte=models.F("opened_at") + BREAK_GLASS_LASTS),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["resource_id", "user", "expires_at"], name="break_glass_resource"),
            models.Index(fields=["user", "expires_at"], name="break_glass_user"),
        ]

    def __str__(self) -> str:
        return f"{self.resource_type} {self.resource_id}: {self.reason}"
