"""A prepared statement reads what a cursor reads, in the same transaction, and its faults are Django's."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.utils import ProgrammingError
from django.test.utils import CaptureQueriesContext

from tests.velro.test_warm_connections import address
from velro.prepared_statements import PreparedStatement
from velro.warm_connections import WarmConnection

ONE, MANY = uuid4(), [uuid4(), uuid4()]
SELECT = "SELECT %s, unnest(%s), 7, NULL, 'text', '2026-01-02T03:04:05Z'::timestamptz"
ROWS = [(ONE, it, 7, None, "text", datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)) for it in MANY]
STATEMENT = PreparedStatement("of_a_test", SELECT, types=("uuid", "uuid[]"))
FAILING = PreparedStatement("failing", "SELECT 1 / (%s IS NULL)::int", types=("uuid",))


def prepared_here() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        return [name for (name,) in cursor.fetchall()]


@pytest.fixture
def _a_connection_of_its_own() -> Iterator[None]:
    connection.close()
    yield
    connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_a_connection_of_its_own")
class TestOutsideOfATransaction:
    def test_it_is_prepared_once_and_reads_what_a_cursor_reads(self) -> None:
        assert [STATEMENT.rows(ONE, MANY) for _ in range(2)] == [ROWS, ROWS]
        assert [name[:10] for name in prepared_here()] == ["of_a_test_"]
        assert STATEMENT.rows(ONE, []) == []

    def test_another_connection_prepares_it_anew(self) -> None:
        assert STATEMENT.rows(ONE, MANY) == ROWS
        connection.connection.close()
        connection.close()
        assert STATEMENT.rows(ONE, MANY) == ROWS

    def test_behind_a_pooler_another_connection_may_not_have_it(self) -> None:
        STATEMENT.rows(ONE, MANY)
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
        assert STATEMENT.rows(ONE, MANY) == ROWS
        with pytest.raises(DatabaseError, match="division by zero"):
            FAILING.rows(ONE)

    def test_behind_a_pooler_others_may_have_prepared_it(self) -> None:
        connection.ensure_connection()
        connection.connection.pgconn.prepare(STATEMENT.name, STATEMENT.numbered)
        assert STATEMENT.rows(ONE, MANY) == ROWS

    def test_who_watches_statements_sees_it(self) -> None:
        seen = list[str]()

        def watch(execute: Callable[..., Any], statement: str, *more: Any) -> Any:
            seen.append(statement)
            return execute(statement, *more)

        with CaptureQueriesContext(connection) as captured, connection.execute_wrapper(watch):
            STATEMENT.rows(ONE, MANY)
        assert seen == [SELECT]
        assert [query["sql"] for query in captured] == [SELECT.replace("%s", "$1::uuid", 1).replace("%s", "$2::uuid[]")]

    def test_what_the_database_refuses_is_an_error_of_djangos_and_the_next_question_is_answered(self) -> None:
        with pytest.raises(DatabaseError, match="division by zero"):
            FAILING.rows(ONE)
        assert STATEMENT.rows(ONE, MANY) == ROWS

    def test_what_cannot_be_prepared_is_tried_again(self) -> None:
        early = PreparedStatement("early", "SELECT * FROM made_later WHERE id = %s", types=("uuid",))
        with pytest.raises(ProgrammingError, match="made_later"):
            early.rows(ONE)
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE made_later (id uuid)")
            cursor.execute("INSERT INTO made_later VALUES (%s)", [ONE])
        assert early.rows(ONE) == [(ONE,)]

    def test_a_connection_that_ended_is_an_operational_error_and_the_next_one_is_asked(self) -> None:
        STATEMENT.rows(ONE, MANY)
        process = connection.connection.info.backend_pid
        with WarmConnection.connect(address("postgres"), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [process])
        with pytest.raises(OperationalError):
            STATEMENT.rows(ONE, MANY)
        connection.close()
        assert STATEMENT.rows(ONE, MANY) == ROWS


@pytest.mark.django_db(transaction=True)
def test_within_a_transaction_it_sees_what_that_has_changed_and_ends_with_it() -> None:
    count = PreparedStatement("people", "SELECT count(*) FROM auth_group WHERE %s IS NOT NULL", types=("uuid",))
    with transaction.atomic():
        assert count.rows(ONE) == [(0,)]
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO auth_group (name) VALUES ('a')")
        assert count.rows(ONE) == [(1,)]
        transaction.set_rollback(True)
    assert count.rows(ONE) == [(0,)]


def test_the_same_name_is_the_same_statement() -> None:
    other = PreparedStatement("of_a_test", SELECT.replace("7", "8"), types=("uuid", "uuid[]"))
    assert other.name != STATEMENT.name
    assert PreparedStatement("of_a_test", SELECT, types=("uuid", "uuid[]")).name == STATEMENT.name
