"""How ids and states look in the admin's lists."""

from collections.abc import Callable, Mapping
from typing import Any, cast
from uuid import UUID

from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

SHOWN_OF_ID = 8

Column = Callable[..., Any]


def short_id(value: UUID | None) -> SafeString | None:
    """The start of an id, with the whole of it under the pointer; None for none."""
    if value is None:
        return None
    return format_html('<span class="font-mono" title="{}">{}</span>', value, str(value)[:SHOWN_OF_ID])


def badge(description: str, *, colours: Mapping[str, str], ordering: str | None = None) -> Callable[[Column], Column]:
    """Decorates a column that returns a state and its label, or None for no badge.

    Every state has one of unfold's colours: `success`, `info`, `primary`, `warning`, `danger`; `default` is grey.
    """
    decorate = display(description=description, ordering=ordering, label=dict(colours))
    return cast("Callable[[Column], Column]", decorate)
