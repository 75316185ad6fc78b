"""Keeps the materialized views in the database those of the code.

The fingerprint of a view is its comment in PostgreSQL's own catalog, so it cannot disagree with what is there. A view
is made empty: filling takes as long as it takes, and nobody deploys while they wait for it.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import structlog
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, ProgrammingError, connections, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.errors import UndefinedTable
from psycopg.sql import SQL, Composable, Identifier, Literal

from velro.caching.materialized_views import MaterializedView, registered_views
from velro.caching.models import MaterializedViewRefresh

log = structlog.get_logger(__name__)

MARK: Final = "velro "
INSTALLED: Final = """
SELECT view.relname, obj_description(view.oid, 'pg_class') FROM pg_class AS view
 WHERE view.relkind = 'm' AND view.relnamespace = current_schema()::regnamespace
   AND starts_with(obj_description(view.oid, 'pg_class'), %s)
"""


def install_views(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Make what is missing, replace what is not as in the code, and drop what the code no longer knows."""
    wanted = registered_views()
    with connections[using].cursor() as cursor:
        installed = _installed(cursor)
        _drop(cursor, installed.keys() - {view.name for view in wanted})
        for view in wanted:
            if installed.get(view.name) != _mark(view):
                _install(cursor, view, using=using)
        _keep_rows(wanted, using=using)


def drop_views(*, using: str = DEFAULT_DB_ALIAS) -> None:
    """Leave no view of ours, and say so to their readers."""
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        _wait_for_refreshes(cursor)
        installed = _installed(cursor)
        _drop(cursor, installed)
        _forget_refreshes(installed, using=using)


def _installed(cursor: CursorWrapper) -> Mapping[str, str]:
    cursor.execute(INSTALLED, [MARK])
    return dict(cursor.fetchall())


def _wait_for_refreshes(cursor: CursorWrapper) -> None:
    """Nothing else holds a view for long."""
    cursor.execute(
        "SELECT set_config('statement_timeout', %s, true)", [f"{settings.ENVIRONMENT.view_refresh_timeout}s"]
    )


def _mark(view: MaterializedView) -> str:
    return f"{MARK}{view.fingerprint}"


def _drop(cursor: CursorWrapper, names: Iterable[str]) -> None:
    for name in names:
        cursor.execute(SQL("DROP MATERIALIZED VIEW IF EXISTS {}").format(Identifier(name)))


def _install(cursor: CursorWrapper, view: MaterializedView, *, using: str) -> None:
    try:
        with transaction.atomic(using=using):
            _wait_for_refreshes(cursor)
            for statement in _statements(view):
                cursor.execute(statement)
            _forget_refreshes([view.name], using=using)
    except ProgrammingError as error:
        # Whoever migrates one app only, or back, has views that stand on tables which are not there.
        if not isinstance(error.__cause__, UndefinedTable):
            raise
        log.warning("materialized_view_left_out", view=view.name, reason=str(error).splitlines()[0])


def _statements(view: MaterializedView) -> Iterable[Composable]:
    name = Identifier(view.name)
    yield SQL("DROP MATERIALIZED VIEW IF EXISTS {}").format(name)
    # The text of a view is part of the code.
    query = SQL(view.query)
    yield SQL("CREATE MATERIALIZED VIEW {} AS {} WITH NO DATA").format(name, query)
    yield _index("CREATE UNIQUE INDEX {} ON {} ({})", view, view.key)
    for columns in view.indexes:
        yield _index("CREATE INDEX {} ON {} ({})", view, columns)
    yield SQL("COMMENT ON MATERIALIZED VIEW {} IS {}").format(name, Literal(_mark(view)))


def _index(statement: str, view: MaterializedView, columns: tuple[str, ...]) -> Composable:
    name = Identifier(f"{view.name}_by_{'_'.join(columns)}"[:63])
    listed = SQL(", ").join(map(Identifier, columns))
    return SQL(statement).format(name, Identifier(view.name), listed)


def _keep_rows(views: Iterable[MaterializedView], *, using: str) -> None:
    if _has_rows_table(using):
        rows = MaterializedViewRefresh.objects.using(using)
        rows.exclude(name__in=[view.name for view in views]).delete()
        rows.bulk_create([MaterializedViewRefresh(name=view.name) for view in views], ignore_conflicts=True)


def _forget_refreshes(names: Iterable[str], *, using: str) -> None:
    if _has_rows_table(using):
        rows = MaterializedViewRefresh.objects.using(using).filter(name__in=names)
        rows.update(attempted_at=None, refreshed_at=None)


def _has_rows_table(using: str) -> bool:
    table = MaterializedViewRefresh.objects.all().query.get_meta().db_table
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
        (is_there,) = cursor.fetchone()
    return bool(is_there)
