"""Signing keys in the admin."""

from typing import ClassVar

from django.contrib import admin

from accounts.admin.operator import OperatedAdmin
from accounts.models import KeyState, SigningKey
from velro.admin_columns import badge

COLOUR_OF_STATE: dict[str, str] = {KeyState.ACTIVE: "success", KeyState.NEXT: "info", KeyState.RETIRED: "default"}


@admin.register(SigningKey)
class SigningKeyAdmin(OperatedAdmin):
    """The ring, without the private parts."""

    list_display: ClassVar = ["kid", "state_badge", "created_at", "activated_at", "retired_at", "verifies_until"]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["kid"]
    fields: ClassVar = [
        "kid", "algorithm", "state", "public_key", "created_at", "activated_at", "retired_at", "verifies_until",
    ]  # fmt: skip

    @badge("State", colours=COLOUR_OF_STATE, ordering="state")
    def state_badge(self, key: SigningKey) -> tuple[str, str]:
        """The state in its colour."""
        return key.state, KeyState(key.state).label
