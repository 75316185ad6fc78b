"""Connections of a pool that have done once what every request will ask of them.

PostgreSQL plans a function on its first call in a connection. The pool opens connections in the background, so the
planning is done there and not while somebody waits.
"""

from time import monotonic
from typing import Any, Final, Self

from psycopg import Connection, Cursor
from psycopg.abc import RV, Params, PQGen

# Statements that change nothing and never fail, added by the apps when they are ready.
WARM_UPS: Final[list[str]] = []
# What the pool says to hear whether a connection is alive.
KNOCK: Final = ""
SECONDS_ALIVE: Final = 1.0


class WarmConnection(Connection[Any]):
    """What the pool opens. Who answered a moment ago is taken to be alive, which saves most requests a round trip."""

    _answered_at: float = 0.0

    def wait(self, gen: PQGen[RV], *patience: Any, **limits: Any) -> RV:
        """For an answer of the server."""
        answer = super().wait(gen, *patience, **limits)
        self.has_answered()
        return answer

    def has_answered(self) -> None:
        """Just now."""
        self._answered_at = monotonic()

    def execute(self, query: Any, params: Params | None = None, **options: Any) -> Cursor[Any]:
        """Nothing, where the pool would only knock at a connection that has just answered."""
        if query == KNOCK and monotonic() - self._answered_at < SECONDS_ALIVE:
            return self.cursor()
        return super().execute(query, params, **options)

    @classmethod
    def connect(cls, conninfo: str = "", **options: Any) -> Self:
        """Connect and warm up. The pool asks for autocommit, so nothing stays open."""
        connection = super().connect(conninfo, **options)
        for statement in WARM_UPS:
            connection.execute(statement)
        return connection
