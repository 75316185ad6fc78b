"""Object grants: what operators gave to one person or group on one generation, giving it, and taking it back."""

from typing import Any, ClassVar, Final
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.admin.operator import OperatedAdmin, operator_of
from accounts.models import User
from authorization.grants import grant_permission, revoke_permission
from authorization.roles import Permission
from generations.models import Generation, GenerationGroupGrant, GenerationUserGrant
from velro.admin_columns import list_link, person_cell, row_link, short_id_link
from velro.admin_dialogs import report, require_operator

GENERATION: Final = "generations_generation"


class GrantForm(forms.Form):
    """Whom, and what."""

    user = forms.ModelChoiceField(
        label="Person",
        queryset=User.objects.all(),
        required=False,
        widget=AutocompleteSelect(GenerationUserGrant.user.field, admin.site),
    )
    group = forms.ModelChoiceField(
        label="Or group",
        queryset=Group.objects.all(),
        required=False,
        widget=AutocompleteSelect(GenerationGroupGrant.group.field, admin.site),
    )
    permissions = forms.MultipleChoiceField(
        choices=[(permission.value, permission.capitalize()) for permission in Permission],
        initial=[Permission.READ.value],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    def clean(self) -> dict[str, Any]:
        """One holder."""
        chosen = self.cleaned_data
        if bool(chosen.get("user")) == bool(chosen.get("group")):
            raise forms.ValidationError("Choose either a person or a group.")
        return chosen


def grant_on(request: HttpRequest, generation_id: UUID) -> HttpResponse:
    """The page behind "Grant". Nobody grants anything to themself."""
    require_operator(request)
    generation = get_object_or_404(Generation, id=generation_id)
    form = GrantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        holder = form.cleaned_data["user"] or form.cleaned_data["group"]
        permissions = [Permission(chosen) for chosen in form.cleaned_data["permissions"]]
        report(request, lambda: _grant(permissions, to=holder, on=generation, request=request), done="Granted.")
        return redirect("admin:generations_generation_change", generation_id)
    context = {
        **admin.site.each_context(request),
        "title": "Grant access to a generation",
        "form": form,
        "back": reverse("admin:generations_generation_change", args=[generation_id]),
        "submit_text": "Grant",
        "explanation": "It holds until it is revoked, whatever team they are in, and is recorded with your name.",
    }
    return TemplateResponse(request, "velro/form_page.html", context)


class GrantAdmin(OperatedAdmin):
    """What generations were opened to somebody by hand."""

    list_display: ClassVar = ["id", "holder", "may", "generation_link"]
    list_filter: ClassVar = ["permission__codename"]
    fields: ClassVar = ["holder", "may", "generation_link"]
    readonly_fields: ClassVar = fields
    actions: ClassVar = ["revoke"]
    kind: ClassVar[str]

    @admin.display(description="Generation", ordering="content_object_id")
    def generation_link(self, row: Any) -> SafeString:
        """To its page."""
        return short_id_link(row.content_object_id, to=GENERATION)

    @admin.display(description="May", ordering="permission__codename")
    def may(self, row: Any) -> str:
        """One permission."""
        return permission_of(row)

    @admin.action(description="Revoke", permissions=["operate"])
    def revoke(self, request: HttpRequest, rows: QuerySet[Any]) -> None:
        """At once. Each through the service, so each has its audit record."""
        chosen = rows.select_related("content_object", self.kind, "permission")
        revoked = sum(
            revoke_permission(
                permission_of(row), holder=getattr(row, self.kind), on=row.content_object, actor=operator_of(request)
            )
            for row in chosen
        )
        self.message_user(request, f"{revoked} revoked.")


@admin.register(GenerationUserGrant)
class UserGrantAdmin(GrantAdmin):
    """Granted to people."""

    kind = "user"
    list_select_related: ClassVar = ["user", "permission"]
    search_fields: ClassVar = ["user__email", "content_object__id"]
    search_help_text = "Address of a person, or id of a generation"

    @admin.display(description="Person", ordering="user__email")
    def holder(self, row: GenerationUserGrant) -> SafeString:
        """Who."""
        person = row.user
        return person_cell(person.display_name, person.email, user_id=person.pk)


@admin.register(GenerationGroupGrant)
class GroupGrantAdmin(GrantAdmin):
    """Granted to groups."""

    kind = "group"
    list_select_related: ClassVar = ["group", "permission"]
    search_fields: ClassVar = ["group__name", "content_object__id"]
    search_help_text = "Name of a group, or id of a generation"

    @admin.display(description="Group", ordering="group__name")
    def holder(self, row: GenerationGroupGrant) -> SafeString:
        """To its members."""
        return row_link(row.group.name, to="auth_group", row_id=row.group_id)


def permission_of(row: Any) -> Permission:
    """What the codename of a stored permission means."""
    return Permission(row.permission.codename.removesuffix("_generation"))


def links_to_access(generation_id: UUID) -> list[SafeString]:
    """From a generation to everything that lets somebody in."""
    return [
        list_link("Shares", to="generations_share", q=generation_id),
        list_link("Delegations", to="generations_delegation", q=generation_id),
        list_link("Granted to people", to="generations_generationusergrant", q=generation_id),
        list_link("Granted to groups", to="generations_generationgroupgrant", q=generation_id),
        list_link("Audit trail", to="audit_auditevent", q=generation_id),
    ]


def _grant(permissions: list[Permission], *, to: User | Group, on: Generation, request: HttpRequest) -> None:
    for permission in permissions:
        grant_permission(permission, to=to, on=on, actor=operator_of(request))
