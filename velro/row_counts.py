"""How many rows there are, for people who look: exact while that is cheap, the planner's estimate of large tables."""

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet

COUNTED_EXACTLY: Final = 10_000
ESTIMATED_ROWS: Final = "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)"
SHARES_OF_VALUES: Final = """
SELECT unnest(most_common_vals::text::text[]), unnest(most_common_freqs) FROM pg_stats
 WHERE schemaname = current_schema() AND tablename = %s AND attname = %s
"""


@dataclass(frozen=True, slots=True)
class RowCount:
    """A number of rows. One that is not exact is as old as PostgreSQL's last look at the table."""

    value: int
    is_exact: bool = True

    def __str__(self) -> str:
        return f"{self.value:,}" if self.is_exact else f"≈ {_rounded(self.value):,}"


def count_rows(rows: QuerySet[Any]) -> RowCount:
    """All rows of a table. One statement that reads 10,000 index entries at most, and for a large table one more."""
    found = rows.order_by()[: COUNTED_EXACTLY + 1].count()
    if found <= COUNTED_EXACTLY:
        return RowCount(found)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(%s)", [rows.query.get_meta().db_table]
        )
        (estimate,) = cursor.fetchone()
    return RowCount(max(estimate, found), is_exact=False)


def count_up_to_limit(rows: QuerySet[Any]) -> str:
    """The number of rows as text, which is `10,000+` for more. For conditions that an index serves."""
    found = rows.order_by()[: COUNTED_EXACTLY + 1].count()
    return f"{found:,}" if found <= COUNTED_EXACTLY else f"{COUNTED_EXACTLY:,}+"


def estimated_shares(rows: QuerySet[Any], column: str) -> dict[str, float]:
    """Of the values that PostgreSQL met most often in a column of a table, the share of its rows, from 0 to 1."""
    with connection.cursor() as cursor:
        cursor.execute(SHARES_OF_VALUES, [rows.query.get_meta().db_table, column])
        return dict(cursor.fetchall())


def _rounded(value: int) -> int:
    """Three digits say what an estimate knows."""
    return round(value, min(3 - len(str(value)), 0))
