"""Connections of a pool that have done once what every request will ask of them.

PostgreSQL plans a function on its first call in a connection. The pool opens connections in the background, so the
planning is done there and not while somebody waits.
"""

from typing import Any, Final, Self

from psycopg import Connection

# Statements that change nothing and never fail, added by the apps when they are ready.
WARM_UPS: Final[list[str]] = []


class WarmConnection(Connection[Any]):
    """What the pool opens."""

    @classmethod
    def connect(cls, conninfo: str = "", **options: Any) -> Self:
        """Connect and warm up. The pool asks for autocommit, so nothing stays open."""
        connection = super().connect(conninfo, **options)
        for statement in WARM_UPS:
            connection.execute(statement)
        return connection
