"""Sessions in the admin."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.operator import OperatedAdmin, operator_of
from accounts.models import EndReason, Session
from accounts.services.sessions import end_sessions
from velro.admin_columns import badge

COLOUR_OF_STATE: dict[str, str] = dict.fromkeys(EndReason.values, "default") | {
    "live": "success",
    "expired": "default",
    EndReason.REFRESH_REUSED: "danger",
    EndReason.CONTEXT_CHANGED: "danger",
    EndReason.ENDED_BY_OPERATOR: "warning",
    EndReason.ACCOUNT_UNAVAILABLE: "warning",
}


@admin.register(Session)
class SessionAdmin(OperatedAdmin):
    """Who is signed in from where."""

    list_display: ClassVar = [
        "user__email",
        "state_badge",
        "address",
        "country",
        "user_agent",
        "created_at",
        "last_seen_at",
    ]
    list_filter: ClassVar = ["revoked_reason", "created_at", "last_seen_at"]
    list_select_related: ClassVar = ["user"]
    date_hierarchy = "created_at"
    search_fields: ClassVar = ["user__email", "address", "id"]
    fields: ClassVar = [
        "id", "user", "address", "country", "user_agent", "created_at", "last_seen_at", "last_country",
        "context_changed_at", "idle_expires_at", "expires_at", "refresh_count", "revoked_at", "revoked_reason",
    ]  # fmt: skip
    actions: ClassVar = ["end"]

    @badge("State", colours=COLOUR_OF_STATE, ordering="revoked_reason")
    def state_badge(self, session: Session) -> tuple[str, str]:
        """Live, expired, or why it ended early."""
        if session.revoked_reason:
            return session.revoked_reason, EndReason(session.revoked_reason).label
        is_over = min(session.expires_at, session.idle_expires_at) <= timezone.now()
        return ("expired", "Expired") if is_over else ("live", "Live")

    @admin.action(description="End the sessions", permissions=["operate"])
    def end(self, request: HttpRequest, sessions: QuerySet[Session]) -> None:
        """Their access tokens are dead at once."""
        ended = end_sessions(
            Session.objects.filter(id__in=sessions.values("id")),
            reason=EndReason.ENDED_BY_OPERATOR,
            actor=operator_of(request),
        )
        self.message_user(request, f"{ended} ended.")
