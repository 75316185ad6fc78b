"""What PostgreSQL really did: the plan of every statement that runs, those inside functions too.

PostgreSQL's own auto_explain reports them to this connection while the work goes on.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection
from psycopg.errors import Diagnostic

# Smaller ones fit into a few pages, and reading those is no mistake.
LARGE: Final = 2_000
LARGE_TABLES: Final = "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND reltuples >= %s"
REPORT_PLANS: Final = """
LOAD 'auto_explain';
SET auto_explain.log_min_duration = 0;
SET auto_explain.log_nested_statements = on;
SET auto_explain.log_format = json;
SET auto_explain.log_level = notice;
"""
REPORT_NO_PLANS: Final = "SET auto_explain.log_min_duration = -1"


def whole_reads(work: Callable[[], object]) -> list[str]:
    """Large tables that `work` read from end to end, one entry per statement that did."""
    with connection.cursor() as cursor:
        cursor.execute(LARGE_TABLES, [LARGE])
        large = {name for (name,) in cursor.fetchall()}
    with reported_plans() as plans:
        work()
    return [table for plan in plans for table in sequential_scans(plan) if table in large]


@contextmanager
def reported_plans() -> Iterator[list[Any]]:
    """The plans of all statements inside the block, in the order in which they ended."""
    plans: list[Any] = []

    def note(diagnostic: Diagnostic) -> None:
        _, separator, document = str(diagnostic.message_primary).partition("plan:\n")
        if separator:
            plans.append(json.loads(document)["Plan"])

    with connection.cursor() as cursor:
        cursor.execute(REPORT_PLANS)
    connection.connection.add_notice_handler(note)
    try:
        yield plans
    finally:
        connection.connection.remove_notice_handler(note)
        with connection.cursor() as cursor:
            cursor.execute(REPORT_NO_PLANS)


def sequential_scans(plan: Any) -> Iterator[str]:
    """Names of the tables that a plan reads from end to end."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from sequential_scans(part)
