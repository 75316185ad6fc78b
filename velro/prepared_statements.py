"""Statements that PostgreSQL keeps ready in each connection, for what is asked more often than anything else.

A cursor puts the values into the text of a statement, which PostgreSQL then reads and plans anew, and waits for the
answer in Python. For a question that takes a tenth of a millisecond all that takes longer than the answer.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from itertools import count
from types import SimpleNamespace
from typing import Any, Final, Protocol
from uuid import UUID
from weakref import WeakKeyDictionary

from django.db import connection
from psycopg import Connection, OperationalError
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult

from velro.warm_connections import WarmConnection

ENCODING: Final = "utf-8"
# Of psycopg's InvalidSqlStatementName and DuplicatePreparedStatement.
NOT_PREPARED: Final = b"26000"
ALREADY_PREPARED: Final = b"42P05"
Value = UUID | Sequence[UUID]
Row = tuple[Any, ...]


class Reader(Protocol):
    """Of answers; psycopg's transformer is one."""

    def set_pgresult(self, result: PGresult | None) -> None:
        """Get ready for its columns."""

    def load_rows(self, row0: int, row1: int, make_row: Callable[[Sequence[Any]], Row]) -> list[Row]:
        """From a row up to another."""


class PreparedStatement:
    """One that reads, with a place `%s` for each of its `types`, such as `uuid[]`.

    It is prepared in a connection when it is first asked there. Behind a pooler there may be another connection the
    next time, in which it is not, or was by others: so the same name is always the same statement.
    """

    def __init__(self, name: str, sql: str, *, types: Sequence[str]) -> None:
        numbers = count(1)
        places = [f"${next(numbers)}::{kind}" for kind in types]
        self.sql = sql
        self.numbered = (sql % tuple(places)).encode()
        self.name = f"{name}_{sha256(self.numbered).hexdigest()[:16]}".encode()
        # What reads the answers, for each connection in which it is ready.
        self.readers: WeakKeyDictionary[Connection[Any], Reader] = WeakKeyDictionary()

    def rows(self, *values: Value) -> list[Row]:
        """Of the thread's own connection. Seen by whoever watches Django's statements; raises Django's errors."""
        with connection.cursor() as cursor:
            own = connection.connection
            # A transaction is begun by the first cursor that asks in it.
            if own.autocommit:
                cursor.cursor = _PreparedCursor(own, self)
            cursor.execute(self.sql, [value if isinstance(value, UUID) else list(value) for value in values])
            rows: list[Row] = cursor.fetchall()
            return rows


class _PreparedCursor:
    """As much of a cursor of psycopg as Django uses for one statement."""

    def __init__(self, own: Connection[Any], statement: PreparedStatement) -> None:
        self._own = own
        self._statement = statement
        self._query = SimpleNamespace(query=statement.numbered)
        self._rows: list[Row] = []

    def execute(self, _sql: str, values: Sequence[Value]) -> None:
        reader = self._statement.readers.get(self._own)
        if reader is None:
            reader = self._prepared()
        server, texts = self._own.pgconn, [_text_of(value) for value in values]
        result = server.exec_prepared(self._statement.name, texts)
        if result.error_field(DiagnosticField.SQLSTATE) == NOT_PREPARED:
            result = server.exec_params(self._statement.numbered, texts)
        reader.set_pgresult(self._checked(result))
        self._rows = reader.load_rows(0, result.ntuples, tuple)

    def fetchall(self) -> list[Row]:
        return self._rows

    def close(self) -> None:
        """It holds nothing of the server's."""

    def _prepared(self) -> Reader:
        result = self._own.pgconn.prepare(self._statement.name, self._statement.numbered)
        if result.error_field(DiagnosticField.SQLSTATE) != ALREADY_PREPARED:
            self._checked(result)
        return self._statement.readers.setdefault(self._own, Transformer(self._own))

    def _checked(self, result: PGresult) -> PGresult:
        if result.status in {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK}:
            if isinstance(self._own, WarmConnection):
                self._own.has_answered()
            return result
        if self._own.pgconn.status == ConnStatus.BAD:
            raise OperationalError(self._own.pgconn.get_error_message(ENCODING))
        raise error_from_result(result, ENCODING)


def _text_of(value: Value) -> bytes:
    if isinstance(value, UUID):
        return str(value).encode()
    return f"{{{','.join(map(str, value))}}}".encode()
