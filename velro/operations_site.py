"""The admin, without the two pages of the theme and of Django that do harm here, and with a record of leaving it."""

from typing import Any, NoReturn

from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from unfold.sites import UnfoldAdminSite

from velro.admin_pages import ADMIN_PAGES
from velro.api.headers import CLEAR_SITE_DATA, EVERYTHING
from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event


class DescribedChoices(AutocompleteJsonView):
    """Choices as `describe_choice` of their admin names them."""

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        """One choice."""
        described = super().serialize_result(obj, to_field_name)
        describe = getattr(self.model_admin, "describe_choice", None)
        return described | {"text": describe(obj)} if describe else described


class OperationsSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold publishes no types
    """Mounted at /admin/. What is closed keeps its name, because the theme's templates reverse it.

    Who may come in is the affair of accounts, which sets `login_form`.
    """

    index_template = "velro/dashboard.html"

    def has_permission(self, request: HttpRequest) -> bool:
        """Operators are superusers: there is no half of one."""
        return super().has_permission(request) and bool(getattr(request.user, "is_superuser", False))

    def extra_urls(self) -> list[URLPattern]:
        """The pages of no model, found by the theme."""
        return [path(page.path, self.admin_view(page.view), name=page.name) for page in ADMIN_PAGES]

    def autocomplete_view(self, request: HttpRequest) -> HttpResponseBase:
        """Django's, with words that tell rows of the same name apart."""
        return DescribedChoices.as_view(admin_site=self)(request)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Recorded like the end of any other session."""
        operator = request.user
        response: HttpResponse = super().logout(request, extra_context)
        if operator.is_authenticated and not request.user.is_authenticated:
            record_event(
                "session.ended",
                outcome=Outcome.SUCCEEDED,
                actor=Actor(operator.pk),
                subject=Subject("user", operator.pk),
                reason="signed_out",
                details={"door": "admin"},
            )
            response.headers[CLEAR_SITE_DATA.name] = EVERYTHING
        return response

    def search(self, _request: HttpRequest, _extra_context: object = None) -> NoReturn:
        """Closed: it caches objects that our cache refuses to serialise, and the sidebar holds every list anyway."""
        raise Http404

    def password_change(self, _request: HttpRequest, _extra_context: object = None) -> NoReturn:
        """Closed: the API changes passwords, ends the other sessions and leaves a record; this page does neither."""
        raise Http404
