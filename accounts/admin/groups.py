"""Groups in the admin. They gather people for object grants and give no right of Django's."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.admin import TabularInline

from accounts.admin.operator import OperatedAdmin
from accounts.models import User
from velro.admin_columns import person_cell
from velro.read_only_admin import ReadOnly

GroupMember: Any = User.groups.through

# Django's own page would hand out permissions that nothing here looks at.
admin.site.unregister(Group)


class GroupMemberInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold publishes no types
    """Who gets what the group is granted."""

    model = GroupMember
    extra = 0
    per_page = 25
    tab = True
    verbose_name_plural = "members"
    fields: ClassVar = ["person"]
    readonly_fields: ClassVar = ["person"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the people, for the page."""
        members: QuerySet[Any] = super().get_queryset(request)
        return members.select_related("user").order_by("user__email")

    @admin.display
    def person(self, member: Any) -> SafeString:
        """Who."""
        person = member.user
        return person_cell(person.display_name, person.email, user_id=person.pk)


@admin.register(Group)
class GroupAdmin(OperatedAdmin):
    """To look at: who is in a group."""

    list_display: ClassVar = ["name", "member_total"]
    search_fields: ClassVar = ["name"]
    fields: ClassVar = ["name"]
    inlines: ClassVar = [GroupMemberInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """With the number of members, in the same statement."""
        groups: QuerySet[Group] = super().get_queryset(request)
        counted = (
            GroupMember.objects.filter(group=OuterRef("pk"))
            .order_by()
            .values("group")
            .annotate(number=Count("pk"))
            .values("number")
        )
        return groups.annotate(member_count=Coalesce(Subquery(counted, output_field=IntegerField()), 0))

    @admin.display(description="Members", ordering="member_count")
    def member_total(self, group: Group) -> int:
        """How many people."""
        return int(getattr(group, "member_count"))  # noqa: B009 - annotated above
