"""The list of the audit trail. A page goes on where the last one ended, so that none reads more than itself.

Counting millions of rows, or skipping thousands of them, would take seconds.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.contrib.admin import SimpleListFilter
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from unfold.views import ChangeList

from velro.audit.models import AuditEvent

BEFORE: Final = "before"


@dataclass(frozen=True, slots=True)
class InfinitePaginator:
    """What the theme's template of the pages asks for. By this name it shows no number of results."""

    older: str
    newest: str
    per_page: int
    template_name: str = "velro/older_pages.html"


class BeforeFilter(SimpleListFilter):
    """Only what came before an event, named by its time and id. No choice: the links between the pages carry it."""

    title = "page"
    parameter_name = BEFORE
    template = "velro/no_filter.html"

    def lookups(self, _request: HttpRequest, _model_admin: Any) -> list[tuple[str, str]]:
        """One, as a filter without lookups would not be applied."""
        return [("", "")]

    def queryset(self, _request: HttpRequest, events: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        """What names no time and id is passed over."""
        place = _place_of(self.value() or "")
        if place is None:
            return events
        at, event_id = place
        return events.filter(Q(at__lt=at) | Q(id__lt=event_id), at__lte=at)


class AuditChangeList(ChangeList):  # type: ignore[misc]  # unfold publishes no types
    """Newest first, without any count."""

    def get_results(self, _request: HttpRequest) -> None:
        """One statement."""
        rows = list(self.queryset[: self.list_per_page + 1])
        self.result_list = rows[: self.list_per_page]
        self.result_count = self.full_result_count = len(self.result_list)
        self.show_full_result_count = self.show_admin_actions = self.can_show_all = self.multi_page = False
        last = self.result_list[-1] if len(rows) > self.list_per_page else None
        self.paginator = InfinitePaginator(
            older=self.get_query_string({BEFORE: f"{last.at.isoformat()}_{last.id}"}) if last else "",
            newest=self.get_query_string(remove=[BEFORE]) if BEFORE in self.params else "",
            per_page=self.list_per_page,
        )


def _place_of(text: str) -> tuple[datetime, UUID] | None:
    at, _, event_id = text.partition("_")
    try:
        return datetime.fromisoformat(at), UUID(event_id)
    except ValueError:
        return None
