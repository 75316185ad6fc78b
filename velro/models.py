"""Abstract models that every table shares."""

from typing import ClassVar
from uuid import uuid4

from django.db import models


class UUIDModel(models.Model):
    """A row named by a random UUID v4, so that ids carry no order and cannot be guessed."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)

    class Meta:
        abstract = True


class TimestampedModel(UUIDModel):
    """A row that knows when it was made and when it last changed."""

    created_at = models.DateTimeField(auto_now_add=True, editable=False)
    updated_at = models.DateTimeField(auto_now=True, editable=False)

    class Meta:
        abstract = True
        get_latest_by: ClassVar[str] = "created_at"
