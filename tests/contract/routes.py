"""Every address of the API with its methods, read from the URL map, so that a new one is covered by itself."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from velro.api.declarations import PUBLIC
from velro.api.views import ApiView

ID = "0b9c6f6e-58a3-4b6e-9a64-3f6f2a8d1c7e"


@dataclass(frozen=True, slots=True)
class Route:
    """One address, with an id that nobody has where it needs one."""

    template: str
    view: type[ApiView]

    def __str__(self) -> str:
        return self.template

    @property
    def path(self) -> str:
        """An address of it."""
        return re.sub(r"<[^>]+>", ID, self.template)

    @property
    def has_id(self) -> bool:
        """Whether it names a resource by a UUID."""
        return "<uuid4:" in self.template

    @property
    def methods(self) -> list[str]:
        """In upper case."""
        return [method.upper() for method in self.view.actions]

    @property
    def protected_methods(self) -> list[str]:
        """Those that need a token."""
        return [method.upper() for method, action in self.view.actions.items() if action != PUBLIC]

    def with_id(self, text: str) -> str:
        """Its address with another id."""
        with_text = re.sub(r"<uuid4:[^>]+>", lambda _: text, self.template, count=1)
        return re.sub(r"<[^>]+>", ID, with_text)


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[Route]:
    for pattern in patterns:
        template = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, template)
        elif issubclass(getattr(pattern.callback, "view_class", object), ApiView):
            yield Route(template, pattern.callback.view_class)  # type: ignore[attr-defined]  # as_view sets it


ROUTES = sorted(_walk(get_resolver().url_patterns, "/"), key=str)
