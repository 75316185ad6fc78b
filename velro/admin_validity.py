"""Rows that hold for a time, in the admin: how far along they are, as a badge and as a filter."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from django.contrib.admin import SimpleListFilter
from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Now
from django.http import HttpRequest
from django.utils import timezone

SOON: Final = timedelta(days=7)


class Validity(StrEnum):
    """Where a row stands in its time, which is half open: at its end it is expired."""

    UPCOMING = "upcoming"
    ACTIVE = "active"
    SOON = "soon"
    EXPIRED = "expired"

    @property
    def label(self) -> str:
        """In words."""
        return "Expires soon" if self is Validity.SOON else self.capitalize()


COLOUR_OF_VALIDITY: Final[dict[str, str]] = {
    Validity.UPCOMING: "info",
    Validity.ACTIVE: "success",
    Validity.SOON: "warning",
    Validity.EXPIRED: "default",
}
CONDITION_OF_VALIDITY: Final = {
    Validity.UPCOMING: Q(starts_at__gt=Now()),
    Validity.ACTIVE: Q(starts_at__lte=Now()) & (Q(expires_at=None) | Q(expires_at__gt=Now())),
    Validity.SOON: Q(starts_at__lte=Now(), expires_at__gt=Now(), expires_at__lte=Now() + SOON),
    Validity.EXPIRED: Q(expires_at__lte=Now()),
}


def validity_of(starts_at: datetime, expires_at: datetime | None) -> Validity:
    """By the clock of this process, for people to look at; decisions go by the database's."""
    now = timezone.now()
    if expires_at is not None and expires_at <= now:
        return Validity.EXPIRED
    if starts_at > now:
        return Validity.UPCOMING
    return Validity.SOON if expires_at is not None and expires_at <= now + SOON else Validity.ACTIVE


def validity_label(row: Any) -> tuple[Validity, str]:
    """For a badge column of rows with `starts_at` and `expires_at`."""
    validity = validity_of(row.starts_at, row.expires_at)
    return validity, validity.label


class ValidityFilter(SimpleListFilter):
    """For rows with `starts_at` and `expires_at`."""

    title = "validity"
    parameter_name = "validity"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """Active rows include those that expire soon."""
        return [(validity, validity.label) for validity in Validity]

    def queryset(self, _request: HttpRequest, rows: QuerySet[Model]) -> QuerySet[Model]:
        """By the database's clock."""
        chosen = self.value()
        return rows.filter(CONDITION_OF_VALIDITY[Validity(chosen)]) if chosen in set(Validity) else rows
