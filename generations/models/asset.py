"""One file that a generation produced, in our own storage."""

from typing import ClassVar

from django.db import models

from generations.models.generation import Generation
from velro.models import UUIDModel


class Asset(UUIDModel):
    """`index` is the place in FAL's output. `duration` is in seconds; sizes are in pixels and bytes, measured by us."""

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="assets")
    index = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10)
    content_type = models.CharField(max_length=100)
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    duration = models.FloatField(null=True, blank=True)
    storage_key = models.CharField(max_length=200)
    thumbnail_key = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["generation", "index"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["generation", "index"], name="asset_one_per_output"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.index}"
