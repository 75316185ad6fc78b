"""What the page of a materialized view shows of its rows. Features add a report of theirs in their `admin`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from velro.caching.materialized_views import MaterializedView


@dataclass(frozen=True, slots=True)
class Report:
    """`read` gives the cells of each row, in a bounded number of statements. It is called for a filled view only."""

    view: MaterializedView
    title: str
    headers: Sequence[str]
    read: Callable[[], Sequence[Sequence[Any]]]


_reports: Final[dict[str, Report]] = {}


def add_report(report: Report) -> None:
    """Views are known by their name, and each has one report at most."""
    _reports[report.view.name] = report


def report_of(name: str) -> Report | None:
    """None for a view that has nothing to show."""
    return _reports.get(name)
