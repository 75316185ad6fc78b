"""A connection of the pool has planned the policy before anybody asks."""

import pytest
from django.db import connection
from psycopg import OperationalError
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool

from generations.rules import WARM_UP
from velro import warm_connections
from velro.settings.databases import database_from
from velro.warm_connections import WARM_UPS, WarmConnection

KEYS = ("host", "port", "user", "password")
MARK = "SELECT set_config('velro.is_warm', 'yes', false)"


def address(database: str) -> str:
    parameters = {name: value for name, value in connection.get_connection_params().items() if name in KEYS}
    return make_conninfo(**parameters | {"dbname": database})


def test_a_connection_has_done_what_will_be_asked_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_connections, "WARM_UPS", [MARK])

    with WarmConnection.connect(address("postgres"), autocommit=True) as opened:
        assert opened.execute("SELECT current_setting('velro.is_warm', true)").fetchone() == ("yes",)


def test_the_policy_is_part_of_it() -> None:
    assert WARM_UP in WARM_UPS


@pytest.mark.django_db
def test_the_policy_can_be_warmed_up() -> None:
    with connection.cursor() as cursor:
        cursor.execute(WARM_UP.replace("EXCEPTION WHEN syntax_error_or_access_rule_violation THEN NULL;", ""))


def test_a_database_that_is_not_migrated_can_be_reached() -> None:
    with WarmConnection.connect(address("postgres"), autocommit=True) as opened:
        assert opened.execute("SELECT 1").fetchone() == (1,)


def test_the_pool_opens_such_connections() -> None:
    pooled = database_from("postgresql://localhost/velro", pool_size=2)

    assert pooled["OPTIONS"]["pool"]["connection_class"] is WarmConnection


def test_who_answered_a_moment_ago_is_not_asked_whether_they_are_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    with WarmConnection.connect(address("postgres"), autocommit=True) as opened:
        with WarmConnection.connect(address("postgres"), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [opened.info.backend_pid])
        ConnectionPool.check_connection(opened)
        monkeypatch.setattr(warm_connections, "SECONDS_ALIVE", 0.0)
        with pytest.raises(OperationalError):
            ConnectionPool.check_connection(opened)
