"""Rows in the admin that operators look at, and that only services make, change and remove."""

from django.db.models import Model
from django.http import HttpRequest


class ReadOnly:
    """Mixed into a ModelAdmin or an inline, ahead of it."""

    def has_add_permission(self, _request: HttpRequest, _row: Model | None = None) -> bool:
        """Never by hand."""
        return False

    def has_change_permission(self, _request: HttpRequest, _row: Model | None = None) -> bool:
        """Never by hand."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _row: Model | None = None) -> bool:
        """Never by hand."""
        return False
