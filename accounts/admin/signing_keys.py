"""Signing keys in the admin."""

from typing import ClassVar

from django.contrib import admin

from accounts.admin.operator import OperatedAdmin
from accounts.models import SigningKey


@admin.register(SigningKey)
class SigningKeyAdmin(OperatedAdmin):
    """The ring, without the private parts."""

    list_display: ClassVar = ["kid", "state", "created_at", "activated_at", "retired_at", "verifies_until"]
    list_filter: ClassVar = ["state"]
    search_fields: ClassVar = ["kid"]
    fields: ClassVar = [
        "kid", "algorithm", "state", "public_key", "created_at", "activated_at", "retired_at", "verifies_until",
    ]  # fmt: skip
