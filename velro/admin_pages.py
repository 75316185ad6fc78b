"""Pages of the admin that belong to no model. Features add theirs in their `admin`."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponseBase


@dataclass(frozen=True, slots=True)
class AdminPage:
    """Found below /admin/ at `path`, and by `admin:<name>`. The site lets nobody but operators see it."""

    path: str
    name: str
    view: Callable[[HttpRequest], HttpResponseBase]


ADMIN_PAGES: Final[list[AdminPage]] = []
