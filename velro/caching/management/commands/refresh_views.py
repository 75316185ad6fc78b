"""`manage.py refresh_views`: fill materialized views anew, now and here."""

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from velro.caching.materialized_views import MaterializedView, registered_views
from velro.caching.models import MaterializedViewRefresh
from velro.caching.refresh import RefreshOutcome, refresh_view


class Command(BaseCommand):
    """Readers go on reading the old rows meanwhile."""

    help = "Refresh the materialized views, or list how fresh they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which ones."""
        parser.add_argument("names", nargs="*", metavar="name", help="views to refresh (default: all)")
        parser.add_argument("--list", action="store_true", help="only say how fresh they are")

    def handle(self, *_: Any, names: Sequence[str], **options: Any) -> None:
        """Refresh one after the other and go on after a failure; raises CommandError in the end if there was one."""
        console, views = Console(), _views_named(names)
        if options["list"]:
            console.print(_freshness(views))
            return
        outcomes = [_refresh(view, console=console) for view in views]
        if RefreshOutcome.FAILED in outcomes:
            raise CommandError("Not every view was refreshed; see above.")


def _views_named(names: Sequence[str]) -> Sequence[MaterializedView]:
    known = {view.name: view for view in registered_views()}
    if unknown := [name for name in names if name not in known]:
        raise CommandError(f"No such view: {', '.join(unknown)}. There are: {', '.join(known)}.")
    return [known[name] for name in names] or registered_views()


def _refresh(view: MaterializedView, *, console: Console) -> RefreshOutcome:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        progress.add_task(view.name, total=None)
        outcome = refresh_view(view)
    row = MaterializedViewRefresh.objects.filter(name=view.name).first()
    console.print(f"{view.name}: {outcome}{_remark(outcome, row)}", soft_wrap=True, highlight=False)
    return outcome


def _remark(outcome: RefreshOutcome, row: MaterializedViewRefresh | None) -> str:
    if row is None or outcome is RefreshOutcome.BUSY:
        return ""
    if outcome is RefreshOutcome.FAILED:
        return f", {row.last_error}"
    return f", {row.row_count:,} rows in {row.duration_ms:,} ms"


def _freshness(views: Sequence[MaterializedView]) -> Table:
    rows = MaterializedViewRefresh.objects.in_bulk(field_name="name")
    table = Table("view", "refreshed (UTC)", "rows", "ms", "last error")
    for view in views:
        row = rows.get(view.name, MaterializedViewRefresh())
        shown = f"{row.refreshed_at:%Y-%m-%d %H:%M:%S}" if row.refreshed_at else "never"
        cells = ("" if value is None else f"{value:,}" for value in (row.row_count, row.duration_ms))
        table.add_row(view.name, shown, *cells, row.last_error)
    return table
