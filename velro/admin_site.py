"""The admin, without the two pages of the theme and of Django that do harm here."""

from typing import NoReturn

from django.contrib.admin.apps import AdminConfig
from django.http import Http404, HttpRequest
from unfold.sites import UnfoldAdminSite


class OperationsSite(UnfoldAdminSite):  # type: ignore[misc]  # unfold publishes no types
    """Mounted at /admin/. What is closed keeps its name, because the theme's templates reverse it."""

    def search(self, _request: HttpRequest, _extra_context: object = None) -> NoReturn:
        """Closed: it caches objects that our cache refuses to serialise, and the sidebar holds every list anyway."""
        raise Http404

    def password_change(self, _request: HttpRequest, _extra_context: object = None) -> NoReturn:
        """Closed: the API changes passwords, ends the other sessions and leaves a record; this page does neither."""
        raise Http404


class OperationsConfig(AdminConfig):
    """Takes the place of django.contrib.admin among the installed apps."""

    default_site = "velro.admin_site.OperationsSite"
