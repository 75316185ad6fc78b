"""The table of answers that a repeated request gets again."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from velro.models import UUIDModel


class IdempotencyRecord(UUIDModel):
    """One key of one person on one route.

    While the first request runs, `owner` is its fencing token and `leased_until` the moment from which another may
    take over. Once it has succeeded, `status_code` is set and `answer` holds status headers and body, sealed: an
    answer may show a secret that must not rest in the clear.
    """

    user_id = models.UUIDField()
    route = models.CharField(max_length=255, help_text="Method and path.")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of the body.")
    owner = models.UUIDField()
    leased_until = models.DateTimeField()
    status_code = models.PositiveSmallIntegerField(null=True)
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user_id", "route", "key"], name="idempotency_one_record_per_key"),
            models.CheckConstraint(
                name="idempotency_answer_iff_done",
                condition=Q(status_code__isnull=True, answer="") | (Q(status_code__isnull=False) & ~Q(answer="")),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["created_at"], name="idempotency_created_at")]

    def __str__(self) -> str:
        return f"{self.route} {self.status_code or 'running'}"
