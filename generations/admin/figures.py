"""Generations on the dashboard."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django.db.models import Count, QuerySet
from django.http import HttpRequest

from generations.models import Generation
from generations.states import TERMINAL, Status
from velro.admin_columns import label, list_address, list_link
from velro.dashboard import Figure, Panel, dashboard
from velro.row_counts import RowCount, count_rows, estimated_shares

COLOUR_OF_STATUS: Final[dict[str, str]] = {
    Status.QUEUED: "info",
    Status.SUBMITTED: "info",
    Status.IN_PROGRESS: "primary",
    Status.COMPLETED: "success",
    Status.FAILED: "danger",
    Status.CANCELLED: "warning",
}


def read_figures() -> Iterable[Figure]:
    """One statement, or two where there are many."""
    total = count_rows(Generation.objects.all())
    yield Figure("Generations", str(total), "auto_awesome", list_address("generations_generation"))


def read_statuses(_request: HttpRequest) -> Mapping[str, Any]:
    """Four statements at most. What runs is counted by the index of the open ones, what ended is estimated if much."""
    counts = _counts()
    counts = _counts()
    return {
        "table": {
            "headers": ["Status", "Generations"],
            "rows": [
                [
                    label(status.label, colour=COLOUR_OF_STATUS[status]),
                    list_link(str(counts.get(status, 0)), to="generations_generation", status__exact=status),
                ]
                for status in Status
            ],
        }
    }


def _counts() -> Mapping[Status, RowCount]:
    total = count_rows(Generation.objects.all())
    if total.is_exact:
        return _counted(Generation.objects.all())
    shares = estimated_shares(Generation.objects.all(), "status")
    ended = {status: RowCount(round(shares.get(status, 0) * total.value), is_exact=False) for status in TERMINAL}
    return {**_counted(Generation.objects.exclude(status__in=TERMINAL)), **ended}


def _counted(generations: QuerySet[Generation]) -> dict[Status, RowCount]:
    grouped = generations.order_by().values_list("status").annotate(number=Count("pk"))
    return {Status(status): RowCount(number) for status, number in grouped}


dashboard.add_figures(read_figures, place=30)
dashboard.add_panel(Panel("Generations by status", "velro/panel_table.html", read_statuses, place=30))
