"""The audit table. Rows are written once: a trigger refuses UPDATE and DELETE, whoever tries."""

from typing import ClassVar

import pgtrigger
from django.db import models

from velro.models import UUIDModel

LONGEST_ACTION = 100
LONGEST_RESOURCE_TYPE = 50


class Outcome(models.TextChoices):
    """How an event ended."""

    ALLOWED = "allowed"
    DENIED = "denied"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Severity(models.TextChoices):
    """Whether somebody should look: never, when reading the trail, or at once."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class AuditEvent(UUIDModel):
    """One event. Ids are plain values, not foreign keys: the trail outlives what it speaks of."""

    at = models.DateTimeField(db_default=models.functions.Now())
    name = models.CharField(max_length=100, help_text="Such as authorization.decision or session.login.")
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    severity = models.CharField(max_length=8, choices=Severity.choices, default=Severity.INFO, db_default=Severity.INFO)
    reason = models.CharField(max_length=100, blank=True)
    actor_id = models.UUIDField(null=True)
    session_id = models.UUIDField(null=True)
    action = models.CharField(max_length=LONGEST_ACTION, blank=True)
    resource_type = models.CharField(max_length=LONGEST_RESOURCE_TYPE, blank=True)
    resource_id = models.UUIDField(null=True)
    client_address = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=128, blank=True)
    duration_ms = models.FloatField(null=True)
    details = models.JSONField(default=dict)

    class Meta:
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["at"], name="audit_at"),
            models.Index(fields=["actor_id", "at"], name="audit_actor_at"),
            models.Index(fields=["resource_id", "at"], name="audit_resource_at"),
            models.Index(fields=["request_id"], name="audit_request"),
            # What operators look for among millions of decisions: the few refusals, and all that is not a decision.
            models.Index(
                fields=["at", "id"],
                name="audit_refused",
                condition=models.Q(outcome__in=[Outcome.DENIED, Outcome.FAILED]),
            ),
            models.Index(
                fields=["name", "at", "id"], name="audit_named", condition=~models.Q(name="authorization.decision")
            ),
            models.Index(fields=["at", "id"], name="audit_changes", condition=~models.Q(name="authorization.decision")),
            models.Index(fields=["at", "id"], name="audit_severe", condition=~models.Q(severity=Severity.INFO)),
        ]
        triggers: ClassVar = [
            pgtrigger.Protect(name="audit_is_append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.name} {self.outcome}"
