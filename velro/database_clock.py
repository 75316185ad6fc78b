"""The clock by which windows of time open and close: that of the database, which every process shares."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """The moment at which the database takes up this question."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        (now,) = cursor.fetchone()
    return now  # type: ignore[no-any-return]  # a cursor's rows have no types
