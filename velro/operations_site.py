"""The admin, without the two pages of the theme and of Django that do harm here, and with a record of leaving it."""

from typing import Any, NoReturn

from django.http import Http404, HttpRequest, HttpResponse
from unfold.sites import UnfoldAdminSite

from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event


class OperationsSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold publishes no types
    """Mounted at /admin/. What is closed keeps its name, because the theme's templates reverse it.

    Who may come in is the affair of accounts, which sets `login_form`.
    """

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
        return response

    def search(self, _request: HttpRequest, _extra_context: object = None) -> NoReturn:
        """Closed: it caches objects that our cache refuses to serialise, and the sidebar holds every list anyway."""
        raise Http404

    def password_change(self, _request: HttpRequest, _extra_context: object = None) -> NoReturn:
        """Closed: the API changes passwords, ends the other sessions and leaves a record; this page does neither."""
        raise Http404
