"""Fills materialized views anew, beside those who read them."""

from enum import StrEnum
from time import monotonic
from typing import Final

import structlog
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg.sql import SQL, Identifier

from velro.caching.materialized_views import MaterializedView
from velro.caching.models import LONGEST_ERROR, MaterializedViewRefresh
from velro.database_clock import database_now

log = structlog.get_logger(__name__)

# One refresher per view: the key is this and a hash of the name.
LOCK: Final = 0x5649_4557
TAKE_TURN: Final = "SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))"
# Of this transaction alone, so that the connection goes back as it came, by way of PgBouncer too.
LOOSEN_LIMITS: Final = """
SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', '10s', true),
       set_config('work_mem', '64MB', true), set_config('maintenance_work_mem', '128MB', true)
"""
IS_FILLED: Final = "SELECT relispopulated FROM pg_class WHERE oid = to_regclass(%s)"


class RefreshOutcome(StrEnum):
    """How a refresh went. Busy: somebody else is at it."""

    REFRESHED = "refreshed"
    BUSY = "busy"
    FAILED = "failed"


def refresh_view(view: MaterializedView) -> RefreshOutcome:
    """Bring the rows up to date. Readers see all old rows, or all new ones with their `refreshed_at`.

    A failure leaves the old rows, is recorded, and is not raised, unless the database is away for the record, too.
    Takes a transaction of its own.
    """
    try:
        with transaction.atomic(durable=True), connection.cursor() as cursor:
            cursor.execute(TAKE_TURN, [LOCK, view.name])
            if cursor.fetchone() != (True,):
                return RefreshOutcome.BUSY
            _refresh(cursor, view)
    except DatabaseError as error:
        record_failure(view.name, str(error).splitlines()[0])
        return RefreshOutcome.FAILED
    return RefreshOutcome.REFRESHED


def record_failure(name: str, reason: str) -> None:
    """Keep why the latest try came to nothing."""
    log.error("materialized_view_not_refreshed", view=name, reason=reason)
    failure = {"attempted_at": database_now(), "last_error": reason[:LONGEST_ERROR]}
    MaterializedViewRefresh.objects.update_or_create(name=name, defaults=failure)


def _refresh(cursor: CursorWrapper, view: MaterializedView) -> None:
    cursor.execute(LOOSEN_LIMITS, [f"{settings.ENVIRONMENT.view_refresh_timeout}s"])
    started_at, started = database_now(), monotonic()
    cursor.execute(IS_FILLED, [view.name])
    is_filled = cursor.fetchone() == (True,)
    statement = "REFRESH MATERIALIZED VIEW CONCURRENTLY {}" if is_filled else "REFRESH MATERIALIZED VIEW {}"
    cursor.execute(SQL(statement).format(Identifier(view.name)))
    # PostgreSQL would plan the next refresh, and what is read until its own analysis, for a view of unknown size.
    cursor.execute(SQL("ANALYZE {}").format(Identifier(view.name)))
    cursor.execute(SQL("SELECT count(*) FROM {}").format(Identifier(view.name)))
    (row_count,) = cursor.fetchone()
    duration_ms = round((monotonic() - started) * 1000)
    result = {
        "attempted_at": started_at,
        "refreshed_at": started_at,
        "duration_ms": duration_ms,
        "row_count": row_count,
        "last_error": "",
    }
    MaterializedViewRefresh.objects.update_or_create(name=view.name, defaults=result)
    log.info("materialized_view_refreshed", view=view.name, rows=row_count, duration_ms=duration_ms)
