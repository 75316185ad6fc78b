"""How fresh each materialized view is, and what the caches of each process did."""

from typing import ClassVar

from django.db import models

from velro.models import UUIDModel

LONGEST_ERROR = 500
LONGEST_PROCESS = 100


class MaterializedViewRefresh(UUIDModel):
    """One materialized view. Its rows are no older than `refreshed_at`, which is None while it was never filled.

    `row_count` and `duration_ms` are of that refresh. `last_error` is of the latest try, and empty when that went well.
    """

    name = models.CharField(max_length=63, unique=True)
    attempted_at = models.DateTimeField(null=True)
    refreshed_at = models.DateTimeField(null=True)
    duration_ms = models.PositiveIntegerField(null=True)
    row_count = models.PositiveBigIntegerField(null=True)
    last_error = models.CharField(max_length=LONGEST_ERROR, blank=True)

    class Meta:
        ordering: ClassVar = ["name"]
        verbose_name = "materialized view"

    def __str__(self) -> str:
        return self.name


class Tier(models.TextChoices):
    """Where an answer was kept: in the process, on Valkey, in PostgreSQL."""

    L1 = "l1", "L1"
    L2 = "l2", "L2"
    L3 = "l3", "L3"


class CacheSample(UUIDModel):
    """What one process did with one tier in one minute; rows are added and never changed.

    `bytes` and `entries` are what the tier held at the end of the minute. Look-ups are in microseconds; None for none.
    """

    minute = models.DateTimeField()
    tier = models.CharField(max_length=2, choices=Tier.choices)
    process = models.CharField(max_length=LONGEST_PROCESS)
    hits = models.PositiveBigIntegerField()
    misses = models.PositiveBigIntegerField()
    fills = models.PositiveBigIntegerField()
    evictions = models.PositiveBigIntegerField()
    entries = models.PositiveBigIntegerField()
    bytes = models.PositiveBigIntegerField()
    lookup_p50_us = models.FloatField(null=True)
    lookup_p95_us = models.FloatField(null=True)

    class Meta:
        ordering: ClassVar = ["-minute", "tier", "process"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["minute", "tier", "process"], name="cache_sample_one_per_minute"),
            models.CheckConstraint(name="cache_sample_tier_is_known", condition=models.Q(tier__in=Tier.values)),
        ]

    def __str__(self) -> str:
        return f"{self.tier} at {self.minute}"
