"""API keys in the admin."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.operator import OperatedAdmin, operator_of
from accounts.models import ApiKey
from accounts.services.api_keys import revoke_api_keys
from velro.admin_columns import badge

COLOUR_OF_STATE = {"live": "success", "expired": "default", "revoked": "warning"}


@admin.register(ApiKey)
class ApiKeyAdmin(OperatedAdmin):
    """Which machines speak for whom. The digest is not shown: it is of no use to a person."""

    list_display: ClassVar = ["prefix", "user__email", "name", "state_badge", "scopes", "last_used_at", "expires_at"]
    list_filter: ClassVar = ["created_at", "last_used_at", "revoked_at"]
    list_select_related: ClassVar = ["user"]
    search_fields: ClassVar = ["user__email", "name", "prefix", "id"]
    fields: ClassVar = [
        "id", "user", "name", "prefix", "scopes", "created_at", "last_used_at", "expires_at", "revoked_at",
    ]  # fmt: skip
    actions: ClassVar = ["revoke"]

    @badge("State", colours=COLOUR_OF_STATE, ordering="revoked_at")
    def state_badge(self, key: ApiKey) -> tuple[str, str]:
        """Live, expired or revoked."""
        if key.revoked_at:
            return "revoked", "Revoked"
        return ("expired", "Expired") if key.expires_at <= timezone.now() else ("live", "Live")

    @admin.action(description="Revoke the keys", permissions=["operate"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        """They are dead at once."""
        revoked = revoke_api_keys(ApiKey.objects.filter(id__in=keys.values("id")), actor=operator_of(request))
        self.message_user(request, f"{revoked} revoked.")
