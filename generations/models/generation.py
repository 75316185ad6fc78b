"""What a person asked for and how it stands."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from generations.states import TERMINAL, TRANSITIONS, Status
from generations.values import Failure, Money
from teams.models import Project
from velro.models import TimestampedModel

LONGEST_TITLE = 200
LONGEST_TAG = 50
MOST_TAGS = 20
CURRENCY = "USD"


class Generation(TimestampedModel):
    """One job for a model. `input` is complete: validated, with defaults and a seed, so that it can be made again.

    Without a `project` it is personal. `queue_position` and `progress` (0 to 1) are as last heard from FAL. A deleted
    row is kept for 30 days; one in quarantine is shown only to its creator and to admins and owners.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="generations")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, null=True, blank=True, related_name="generations")
    model = models.CharField(max_length=200)
    kind = models.CharField(max_length=10)
    input = models.JSONField()
    title = models.CharField(max_length=LONGEST_TITLE, blank=True)
    tags = ArrayField(models.CharField(max_length=LONGEST_TAG), size=MOST_TAGS, default=list, blank=True)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.QUEUED)
    queue_position = models.PositiveIntegerField(null=True, blank=True)
    progress = models.FloatField(null=True, blank=True)
    estimated_cost = models.DecimalField(max_digits=14, decimal_places=6)
    cost = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    currency = models.CharField(max_length=3, default=CURRENCY)
    error_code = models.CharField(max_length=100, null=True, blank=True)
    error_message = models.CharField(max_length=500, null=True, blank=True)
    deadline_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    archived_at = models.DateTimeField(null=True, blank=True)
    quarantined_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        # Of these, with Django's own `delete_generation`, are the object grants of administrators.
        permissions: ClassVar = [
            ("read_generation", "May see it"),
            ("write_generation", "May change it"),
            ("share_generation", "May share it"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(name="generation_status_is_known", condition=Q(status__in=Status.values)),
            models.CheckConstraint(
                name="generation_finished_iff_at_its_end",
                condition=Q(status__in=sorted(TERMINAL), finished_at__isnull=False)
                | (~Q(status__in=sorted(TERMINAL)) & Q(finished_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="generation_error_iff_failed",
                condition=Q(status=Status.FAILED, error_code__isnull=False, error_message__isnull=False)
                | (~Q(status=Status.FAILED) & Q(error_code__isnull=True, error_message__isnull=True)),
            ),
            models.CheckConstraint(
                name="generation_costs_are_not_negative",
                condition=Q(estimated_cost__gte=0) & (Q(cost__isnull=True) | Q(cost__gte=0)),
            ),
            models.CheckConstraint(
                name="generation_progress_is_a_share",
                condition=Q(progress__isnull=True) | Q(progress__gte=0, progress__lte=1),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                name="generation_owner_newest",
                fields=["owner", "-created_at", "-id"],
                condition=Q(deleted_at__isnull=True),
            ),
            models.Index(
                name="generation_project_newest",
                fields=["project", "-created_at", "-id"],
                condition=Q(deleted_at__isnull=True),
            ),
            models.Index(name="generation_newest", fields=["-created_at", "-id"], condition=Q(deleted_at__isnull=True)),
            models.Index(fields=["created_at"], name="generation_open", condition=~Q(status__in=sorted(TERMINAL))),
            models.Index(fields=["deleted_at"], name="generation_deleted", condition=Q(deleted_at__isnull=False)),
            GinIndex(fields=["tags"], name="generation_tags"),
        ]
        triggers: ClassVar = [
            pgtrigger.FSM(
                name="generation_status_follows_the_table",
                field="status",
                transitions=sorted((str(old), str(new)) for old, targets in TRANSITIONS.items() for new in targets),
            ),
            pgtrigger.Trigger(
                name="give_time_to_shares",
                when=pgtrigger.After,
                operation=pgtrigger.UpdateOf("created_at"),
                condition=pgtrigger.Q(old__created_at__df=pgtrigger.F("new__created_at")),
                func="""
                    UPDATE generations_share SET generation_created_at = NEW.created_at WHERE generation_id = NEW.id;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.id}"

    @property
    def charge(self) -> Money | None:
        """What the provider charged; None until it is known."""
        return None if self.cost is None else Money(self.cost, self.currency)

    @property
    def failure(self) -> Failure | None:
        """Why it failed; None unless it did."""
        if self.error_code is None or self.error_message is None:
            return None
        return Failure(self.error_code, self.error_message)

    @property
    def is_over(self) -> bool:
        """Whether the status can never change again."""
        return self.status in TERMINAL
