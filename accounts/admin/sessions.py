"""Sessions in the admin."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin.operator import OperatedAdmin, operator_of
from accounts.models import EndReason, Session
from accounts.services.sessions import end_sessions


@admin.register(Session)
class SessionAdmin(OperatedAdmin):
    """Who is signed in from where."""

    list_display: ClassVar = ["user", "address", "user_agent", "created_at", "last_seen_at", "revoked_reason"]
    list_filter: ClassVar = ["revoked_reason", "created_at", "last_seen_at"]
    list_select_related: ClassVar = ["user"]
    search_fields: ClassVar = ["user__email", "address", "id"]
    fields: ClassVar = [
        "id", "user", "address", "user_agent", "created_at", "last_seen_at", "idle_expires_at", "expires_at",
        "refresh_count", "revoked_at", "revoked_reason",
    ]  # fmt: skip
    actions: ClassVar = ["end"]

    @admin.action(description="End the sessions", permissions=["operate"])
    def end(self, request: HttpRequest, sessions: QuerySet[Session]) -> None:
        """Their access tokens are dead at once."""
        ended = end_sessions(
            Session.objects.filter(id__in=sessions.values("id")),
            reason=EndReason.ENDED_BY_OPERATOR,
            actor=operator_of(request),
        )
        self.message_user(request, f"{ended} ended.")
