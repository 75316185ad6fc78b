"""Who acts in the admin, where Django's own session says who is signed in, and what they may do there."""

from django.http import HttpRequest
from unfold.admin import ModelAdmin

from accounts.models import User
from velro.audit.services import SYSTEM, Actor
from velro.read_only_admin import ReadOnly


def operator_of(request: HttpRequest) -> Actor:
    """The signed-in operator, for the audit trail."""
    return Actor(request.user.id) if isinstance(request.user, User) else SYSTEM


class OperatedAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]  # unfold publishes no types
    """Rows that operators look at; what they may do to them is an action with `permissions=["operate"]`."""

    def has_operate_permission(self, request: HttpRequest, _row_id: object = None) -> bool:
        """Django's change permission, which opens the actions but not the fields."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}"))
