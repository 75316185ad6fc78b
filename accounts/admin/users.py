"""People in the admin."""

from typing import ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from accounts.admin.operator import OperatedAdmin, operator_of
from accounts.models import AccountStatus, User
from accounts.services.account_status import reactivate_account, suspend_account
from velro.admin_columns import badge, list_link

COLOUR_OF_STATUS: dict[str, str] = {
    AccountStatus.ACTIVE: "success",
    AccountStatus.SUSPENDED: "danger",
    AccountStatus.DEACTIVATED: "default",
}
WHAT_THEY_OWN = "Teams they alone own have no active owner now: give such a team another one on its page."


@admin.register(User)
class UserAdmin(OperatedAdmin):
    """Found by address or name. Nothing is edited in place: what operators may change has an action."""

    list_display: ClassVar = [
        "email",
        "display_name",
        "status_badge",
        "operator_badge",
        "is_email_verified",
        "created_at",
    ]
    list_filter: ClassVar = ["status", "is_staff", "is_superuser", "created_at"]
    search_fields: ClassVar = ["email", "display_name", "id"]
    ordering: ClassVar = ["-created_at"]
    date_hierarchy = "created_at"
    fields: ClassVar = [
        "id", "email", "display_name", "status", "email_verified_at", "is_staff", "is_superuser", "created_at",
        "updated_at", "trail",
    ]  # fmt: skip
    readonly_fields: ClassVar = ["trail"]
    actions: ClassVar = ["suspend", "reactivate"]

    def describe_choice(self, user: User) -> str:
        """Where a person is chosen from a list."""
        return f"{user.display_name} ({user.email})"

    @admin.display(description="Audit trail")
    def trail(self, user: User) -> SafeString:
        """What they did, and what was done to them."""
        return list_link("All events", to="audit_auditevent", q=user.id)

    @badge("Status", colours=COLOUR_OF_STATUS, ordering="status")
    def status_badge(self, user: User) -> tuple[str, str]:
        """The status in its colour."""
        return user.status, AccountStatus(user.status).label

    @badge("Operator", colours={"operator": "primary"}, ordering="is_staff")
    def operator_badge(self, user: User) -> tuple[str, str] | None:
        """Marks the few who may open the admin."""
        return ("operator", "Operator") if user.is_staff else None

    @admin.display(boolean=True, description="Verified")
    def is_email_verified(self, user: User) -> bool:
        """A tick in the list."""
        return user.is_email_verified

    @admin.action(description="Suspend: close the account and end its sessions", permissions=["operate"])
    def suspend(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Each through the service, so each has its audit record."""
        changed = sum(suspend_account(user.id, actor=operator_of(request)) for user in users)
        self.message_user(request, f"{changed} suspended. {WHAT_THEY_OWN}")

    @admin.action(description="Reactivate suspended accounts", permissions=["operate"])
    def reactivate(self, request: HttpRequest, users: QuerySet[User]) -> None:
        """Accounts that their owners closed stay closed."""
        changed = sum(reactivate_account(user.id, actor=operator_of(request)) for user in users)
        self.message_user(request, f"{changed} reactivated.")
