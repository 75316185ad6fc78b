"""The page on which an operator moves a team."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse

from accounts.admin.operator import operator_of
from teams.admin.team_tabs import tab_address
from teams.models import Team
from teams.services.changes import Operator
from teams.services.tree import move_team
from velro.admin_dialogs import report, require_operator


class MoveForm(forms.Form):
    """Where to."""

    parent = forms.ModelChoiceField(
        label="New parent",
        queryset=Team.objects.all(),
        required=False,
        widget=AutocompleteSelect(Team.parent.field, admin.site),
        help_text="Leave it empty to make the team a root of its own, which needs an owner of its own.",
    )


def move(request: HttpRequest, team_id: UUID, **_options: Any) -> HttpResponse:
    """What cannot be is refused by the service, with its reason."""
    require_operator(request)
    team = get_object_or_404(Team, id=team_id)
    form = MoveForm(request.POST or None, initial={"parent": team.parent_id})
    if request.method == "POST" and form.is_valid():
        parent = form.cleaned_data["parent"]
        operator = Operator(operator_of(request))
        report(
            request,
            lambda: move_team(team_id, principal=operator, parent_id=parent and parent.pk),
            done="The team is moved, with all below it.",
        )
        return redirect(tab_address(team_id, "overview"))
    context = {
        **admin.site.each_context(request),
        "title": f"Move {team.name}",
        "form": form,
        "back": tab_address(team_id, "overview"),
        "submit_text": "Move the team",
        "explanation": "Roles in the teams above are inherited. A move takes away those of the old place and brings "
        "those of the new one, at once and for all that is below.",
    }
    return TemplateResponse(request, "velro/form_page.html", context)
