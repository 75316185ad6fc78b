"""The access explorer: one page that answers "can this person do that, why, and what would change it"."""

from typing import Any, Final

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from accounts.admin.operator import operator_of
from accounts.models import User
from authorization.explain import record_explanation
from authorization.layers.input import parse_resource_id
from generations.admin.questions import ASKED, Finding, find_out
from teams.models import Membership
from velro.admin_dialogs import require_operator

TITLE: Final = "Access explorer"
GROUP_OF_RESOURCE: Final = {"generation": "On a generation", "team": "In a team", "project": "In a project"}


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # no generic at run time
    """A person, found by address or name."""

    def label_from_instance(self, obj: Any) -> str:
        """Names alone are not unique."""
        return f"{obj.display_name} ({obj.email})"


class QuestionForm(forms.Form):
    """Who, what, and on which."""

    person = PersonField(queryset=User.objects.all(), widget=AutocompleteSelect(Membership.user.field, admin.site))
    action = forms.ChoiceField(
        choices=[
            (
                title,
                [(name, it.verb.replace("_", " ").capitalize()) for name, it in ASKED.items() if it.resource == kind],
            )
            for kind, title in GROUP_OF_RESOURCE.items()
        ],
        widget=UnfoldAdminSelectWidget,
    )
    resource = forms.CharField(
        label="Id of the generation, team or project",
        max_length=36,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "00000000-0000-4000-8000-000000000000"}),
    )

    def clean_resource(self) -> Any:
        """As strict as layer 1."""
        try:
            return parse_resource_id(self.cleaned_data["resource"].strip())
        except ValueError:
            raise forms.ValidationError("This is no id. Copy it from the page of what you ask about.") from None


def explore(request: HttpRequest, **_options: object) -> HttpResponse:
    """Every answer leaves a record of who asked about whom."""
    require_operator(request)
    form = QuestionForm(request.GET) if "person" in request.GET else QuestionForm(initial=request.GET.dict())
    is_asked = form.is_bound and form.is_valid()
    context = {
        **admin.site.each_context(request),
        "title": TITLE,
        "form": form,
        "is_asked": is_asked,
        "person": form.cleaned_data["person"] if is_asked else None,
        "asked": ASKED[form.cleaned_data["action"]] if is_asked else None,
        "resource": form.cleaned_data["resource"] if is_asked else None,
        "finding": _answer(request, form) if is_asked else None,
    }
    return TemplateResponse(request, "generations/admin/explorer.html", context)


def _answer(request: HttpRequest, form: QuestionForm) -> Finding | None:
    person, action, resource_id = (
        form.cleaned_data["person"],
        ASKED[form.cleaned_data["action"]],
        form.cleaned_data["resource"],
    )
    finding = find_out(person, action, resource_id)
    record_explanation(person.id, action, resource_id, asked_by=operator_of(request))
    return finding


EXPLORER_URL: Final = ("explore/", "access_explorer", explore)
