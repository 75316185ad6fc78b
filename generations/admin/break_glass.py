"""Behind glass: what a generation holds, which an operator sees for 15 minutes, for a reason, and on the record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from accounts.admin.operator import operator_of
from authorization import engine
from authorization.break_glass import OPENABLE, SHORTEST_REASON, Breaking, break_glass, mend_glass, open_glass
from authorization.facts import Principal
from authorization.models import LONGEST_REASON, BreakGlassGrant
from authorization.roles import Permission
from generations.actions import READ, RESOURCE
from generations.media.links import Variant, media_link
from generations.models import Asset, Generation
from velro.admin_dialogs import Dialog, carry_out, parse_id, report, require_operator

TEMPLATE: Final = "generations/admin/glass.html"


class BreakGlassForm(BaseDialogForm):  # type: ignore[misc]  # unfold publishes no types
    """Why, and what for."""

    reason = forms.CharField(
        min_length=SHORTEST_REASON,
        max_length=LONGEST_REASON,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=f"At least {SHORTEST_REASON} characters. Every other operator gets it by mail.",
    )
    permissions = forms.MultipleChoiceField(
        choices=[(it.value, it.capitalize()) for it in Permission if it in OPENABLE],
        initial=[Permission.READ.value],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )


BREAK_GLASS: Final = Dialog(
    "Break the glass",
    "It opens this generation to you for 15 minutes. This is a critical event in the audit trail, with your reason.",
    "Break the glass",
    BreakGlassForm,
)


@dataclass(frozen=True, slots=True)
class ShownAsset:
    """A file with links that are good for minutes."""

    asset: Asset
    link: str
    thumbnail: str


def break_glass_of(request: HttpRequest, generation_id: UUID, *, form: BreakGlassForm) -> HttpResponse:
    """Called with a valid form."""
    breaking = Breaking(
        resource_type=RESOURCE,
        resource_id=generation_id,
        reason=form.cleaned_data["reason"],
        permissions=frozenset(Permission(chosen) for chosen in form.cleaned_data["permissions"]),
    )
    return carry_out(
        request,
        lambda: break_glass(breaking, actor=operator_of(request)),
        done="The glass is broken. Close it when you have seen enough.",
        back=reverse("admin:generations_generation_change", args=[generation_id]),
    )


def behind_glass(request: HttpRequest, generation_id: str) -> Mapping[str, Any]:
    """The operator's open grant and, if it lets them read, what the generation holds. Every look is a decision."""
    grant = _opened_by(request, parse_id(generation_id)).first()
    if grant is None:
        return {}
    return {"glass": grant, "behind_glass": _content(grant) if Permission.READ in grant.permissions else None}


@require_POST
def close_glass(request: HttpRequest, generation_id: UUID, **_options: object) -> HttpResponse:
    """What the operator opened here."""
    require_operator(request)
    for grant in _opened_by(request, generation_id):
        _close(request, grant)
    return redirect("admin:generations_generation_change", generation_id)


CLOSE_URL: Final = ("<uuid:generation_id>/close-glass/", "generations_generation_close_glass", close_glass)


def _opened_by(request: HttpRequest, generation_id: UUID) -> QuerySet[BreakGlassGrant]:
    operator_id = operator_of(request).user_id
    if operator_id is None:
        return BreakGlassGrant.objects.none()
    return open_glass().filter(user_id=operator_id, resource_type=RESOURCE, resource_id=generation_id)


def _close(request: HttpRequest, grant: BreakGlassGrant) -> None:
    report(request, lambda: mend_glass(grant.id, actor=operator_of(request)), done="The glass is closed.")


def _content(grant: BreakGlassGrant) -> Mapping[str, Any] | None:
    # The grant is what the operator speaks through here: the admin has no session of ours.
    decision = engine.decide(Principal(grant.user_id, grant.id), READ, grant.resource_id)
    if not decision.is_allowed:
        return None
    generation = Generation.objects.prefetch_related("assets").get(id=grant.resource_id)
    return {
        "title": generation.title,
        "tags": generation.tags,
        "input": generation.input,
        "assets": [
            ShownAsset(asset, media_link(asset.id), media_link(asset.id, variant=Variant.THUMBNAIL))
            for asset in generation.assets.all()
        ],
    }
