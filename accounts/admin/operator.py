"""Who acts in the admin, where Django's own session says who is signed in."""

from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts.models import User
from velro.audit.services import SYSTEM, Actor


def operator_of(request: HttpRequest) -> Actor:
    """The signed-in operator, for the audit trail."""
    return Actor(request.user.id) if isinstance(request.user, User) else SYSTEM


class ReadOnlyAdmin(ModelAdmin):  # type: ignore[misc]  # unfold publishes no types
    """Rows that operators look at; what they may do to them is an action."""

    def has_add_permission(self, _request: HttpRequest) -> bool:
        """Made by the system only."""
        return False

    def has_delete_permission(self, _request: HttpRequest, _row: Model | None = None) -> bool:
        """Kept."""
        return False

    def get_readonly_fields(self, _request: HttpRequest, _row: Any = None) -> list[str]:
        """Every field that is shown."""
        return list(self.fields)
