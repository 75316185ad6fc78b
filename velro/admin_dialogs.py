"""Changes that operators make in the admin: asked for in a dialog, done by a service, answered in words."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm

from velro.errors import VelroError

Handler = TypeVar("Handler", bound=Callable[..., HttpResponse])

DIALOG_TEMPLATE: Final = "unfold/helpers/dialog.html"


@dataclass(frozen=True, slots=True)
class Dialog:
    """What a dialog says. `form_class` is a `BaseDialogForm` of the theme."""

    title: str
    description: str
    submit_text: str
    form_class: type[forms.Form] = BaseDialogForm

    @property
    def options(self) -> dict[str, Any]:
        """As the theme's decorator of actions takes them."""
        return {
            "title": self.title,
            "description": self.description,
            "form_class": self.form_class,
            "form_submit_text": self.submit_text,
        }


def page_action(
    description: str, *, path: str, icon: str, variant: str = "default", dialog: Dialog | None = None
) -> Callable[[Handler], Handler]:
    """Decorates what operators may do on the page of a row, with a button at its top.

    With a dialog the method takes its form, which is valid, after the request.
    """
    options = dialog.options if dialog else None
    decorate = action(
        description=description,
        url_path=path,
        icon=icon,
        variant=ActionVariant(variant),
        permissions=["operate"],
        dialog=options,
    )
    return cast("Callable[[Handler], Handler]", decorate)


def answer_dialog(
    request: HttpRequest, dialog: Dialog, *, act: Callable[[dict[str, Any]], object], done: str, back: str
) -> HttpResponse:
    """Show the dialog, or do what it asked for with the form's values, and lead back to the page."""
    require_operator(request)
    form = dialog.form_class(request=request, data=request.POST or None)  # type: ignore[call-arg]  # the theme's form
    if form.is_valid():
        return carry_out(request, lambda: act(form.cleaned_data), done=done, back=back)
    context = {"dialog": dialog.options, "form": form, "form_submit_text": dialog.submit_text}
    return render(request, DIALOG_TEMPLATE, context)


def carry_out(request: HttpRequest, act: Callable[[], object], *, done: str, back: str) -> HttpResponse:
    """Call a service and say how it went above the page to which the browser is sent."""
    report(request, act, done=done)
    return HttpResponse(headers={"HX-Redirect": back})


def report(request: HttpRequest, act: Callable[[], object], *, done: str) -> bool:
    """Call a service and leave a message; what it refuses is shown with its reason, and False."""
    try:
        act()
    except VelroError as refusal:
        faults = " ".join(problem.message for problem in refusal.errors)
        messages.error(request, f"Refused: {faults or refusal.detail or refusal.title}")
        return False
    messages.success(request, done)
    return True


def require_operator(request: HttpRequest) -> None:
    """For pages that no permission of Django's names. Raises PermissionDenied."""
    if not getattr(request.user, "is_superuser", False):
        raise PermissionDenied


def parse_id(text: str) -> UUID:
    """The id in the address of a page. Raises Http404 for what is none."""
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def dialog_link(text: str, address: str, *, is_dangerous: bool = False) -> SafeString:
    """Opens a dialog above the page."""
    return format_html(
        '<a class="{} cursor-pointer font-medium whitespace-nowrap" href="{}" hx-get="{}" hx-target="#modal-content"'
        ' hx-select="#dialog" x-on:htmx:after-on-load="openModal = true">{}</a>',
        "text-red-600 dark:text-red-500" if is_dangerous else "text-link",
        address,
        address,
        text,
    )
