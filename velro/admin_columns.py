"""How ids, people, times and states look in the admin's lists."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, cast
from urllib.parse import urlencode
from uuid import UUID

from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince, timeuntil
from unfold.decorators import display

SHOWN_OF_ID = 8
A_MOMENT: Final = timedelta(minutes=1)
COLOUR_OF_ROLE: Final[dict[str, str]] = {
    "owner": "primary",
    "admin": "info",
    "member": "success",
    "viewer": "default",
}

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


def label(text: str, *, colour: str = "default") -> SafeString:
    """The same badge, for cells that no column of a list makes."""
    return render_to_string("unfold/helpers/label.html", {"text": text, "type": colour})


def role_label(role: str) -> SafeString:
    """A role in its colour."""
    return label(role, colour=COLOUR_OF_ROLE[role])


def person_cell(name: str, email: str, *, user_id: UUID) -> SafeString:
    """Name above address, with a link to the person."""
    return format_html(
        '<span class="velro-person"><a class="font-medium text-link" href="{}">{}</a><span>{}</span></span>',
        reverse("admin:accounts_user_change", args=[user_id]),
        name or email,
        email,
    )


def row_link(text: str, *, to: str, row_id: object) -> SafeString:
    """A link to the page of a row. `to` is app and model, such as `teams_team`."""
    return format_html(
        '<a class="text-link" href="{}" title="{}">{}</a>', reverse(f"admin:{to}_change", args=[row_id]), row_id, text
    )


def short_id_link(row_id: UUID, *, to: str) -> SafeString:
    """The start of an id, as a link to its page."""
    return row_link(str(row_id)[:SHOWN_OF_ID], to=to, row_id=row_id)


def list_link(text: str, *, to: str, **query: object) -> SafeString:
    """A link to a list, searched or filtered by `query`."""
    return format_html('<a class="text-link" href="{}">{}</a>', list_address(to, **query), text)


def list_address(to: str, **query: object) -> str:
    """The address of a list. `to` is app and model."""
    address = reverse(f"admin:{to}_changelist")
    return f"{address}?{urlencode(query)}" if query else address


def moment(value: datetime | None) -> SafeString | None:
    """How long ago or how far ahead, with the exact time under the pointer; None for none."""
    if value is None:
        return None
    now = timezone.now()
    if abs(value - now) < A_MOMENT:
        words = "now"
    else:
        words = f"in {timeuntil(value, now, depth=1)}" if value > now else f"{timesince(value, now, depth=1)} ago"
    return format_html(
        '<time datetime="{}" title="{}" class="whitespace-nowrap">{}</time>',
        value.isoformat(),
        f"{value:%Y-%m-%d %H:%M:%S} UTC",
        words,
    )
