"""The embedded servers start, recover from every unclean end, and are reachable through private sockets only."""

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from tests.velro.embedded.copies import processes_of, still_there
from velro.embedded.problems import CopyProblem
from velro.embedded.servers import Profile
from velro.embedded.services import Services
from velro.embedded.state import StateDirectory


@contextmanager
def running(root: Path, *, profile: Profile = Profile.FAST) -> Iterator[Services]:
    services = Services(StateDirectory.open(root), environment={}, profile=profile)
    services.start()
    try:
        yield services
    finally:
        services.stop()


def ask(services: Services, statement: str) -> str:
    with psycopg.connect(services.addresses["DATABASE_URL"]) as connection:
        cursor = connection.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
    return str(row[0]) if row else ""


@contextmanager
def cache(services: Services) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(services.addresses["REDIS_URL"]) as client:
        yield client


def postmaster(root: Path) -> int:
    return int((root / "postgres" / "postmaster.pid").read_text().split()[0])


def test_both_servers_answer_and_listen_on_no_network_address(tmp_path: Path) -> None:
    with running(tmp_path) as services:
        assert ask(services, "SHOW timezone") == "UTC"
        assert ask(services, "SELECT current_user || ' ' || current_database()") == "velro velro"
        with cache(services) as client:
            assert client.ping()
        for server in services.servers:
            assert psutil.Process(server.process_id).net_connections(kind="inet") == []
    assert processes_of(tmp_path) == []


def test_the_sockets_are_closed_to_other_accounts(tmp_path: Path) -> None:
    with running(tmp_path):
        assert (tmp_path / "sockets").stat().st_mode & 0o777 == 0o700


def test_data_and_queue_survive_a_restart(tmp_path: Path) -> None:
    with running(tmp_path, profile=Profile.DURABLE) as services, cache(services) as client:
        ask(services, "CREATE TABLE kept AS SELECT 7 AS number")
        client.set("kept", "yes")
        assert ask(services, "SHOW fsync") == "on"
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    with running(tmp_path, profile=Profile.DURABLE) as services, cache(services) as client:
        assert ask(services, "SELECT number FROM kept") == "7"
        assert client.get("kept") == b"yes"


def test_a_pid_file_that_names_a_stranger_does_not_prevent_the_start(tmp_path: Path) -> None:
    with running(tmp_path):
        left_behind = (tmp_path / "postgres" / "postmaster.pid").read_text()
        address = (tmp_path / "sockets" / ".s.PGSQL.5432.lock").read_text()
    stranger = str(os.getpid())
    for path, text in [("postgres/postmaster.pid", left_behind), ("sockets/.s.PGSQL.5432.lock", address)]:
        (tmp_path / path).write_text("\n".join([stranger, *text.splitlines()[1:]]) + "\n")
    with running(tmp_path) as services:
        assert ask(services, "SELECT 1") == "1"


def test_servers_left_over_by_a_killed_owner_are_replaced(tmp_path: Path) -> None:
    orphans = Services(StateDirectory.open(tmp_path), environment={}, profile=Profile.FAST)
    orphans.start()
    former = [server.process_id for server in orphans.servers]
    with running(tmp_path) as services:
        assert ask(services, "SELECT 1") == "1"
        orphans.stop()
        assert still_there(former) == []


def test_a_killed_server_recovers_with_what_was_committed(tmp_path: Path) -> None:
    with running(tmp_path, profile=Profile.DURABLE) as services:
        ask(services, "CREATE TABLE kept AS SELECT 7 AS number")
        os.kill(postmaster(tmp_path), signal.SIGKILL)
        still_there([services.servers[0].process_id])
        assert [server.plan.name for server in services.revive()] == ["PostgreSQL"]
        assert ask(services, "SELECT number FROM kept") == "7"
        assert services.revive() == []


def test_a_half_made_database_is_made_again(tmp_path: Path) -> None:
    partial = tmp_path / "postgres.partial"
    partial.mkdir()
    (partial / "PG_VERSION").write_text("18\n")
    with running(tmp_path) as services:
        assert ask(services, "SELECT 1") == "1"
    assert not partial.exists()


def test_data_of_another_version_is_refused_with_a_sentence_and_left_alone(tmp_path: Path) -> None:
    with running(tmp_path):
        pass
    (tmp_path / "postgres" / "PG_VERSION").write_text("17\n")
    with pytest.raises(CopyProblem, match=r"made by PostgreSQL 17, this checkout brings 18\. Move"), running(tmp_path):
        pass
    assert (tmp_path / "postgres" / "base").is_dir()


def test_a_server_that_cannot_start_says_why_in_one_line(tmp_path: Path) -> None:
    with running(tmp_path):
        pass
    (tmp_path / "postgres" / "global" / "pg_control").unlink()
    with pytest.raises(CopyProblem, match=r"PostgreSQL did not start: .*pg_control") as caught, running(tmp_path):
        pass
    assert "\n" not in str(caught.value)
    assert processes_of(tmp_path) == []


def test_a_long_state_directory_has_its_sockets_elsewhere_and_finds_them_again(tmp_path: Path) -> None:
    root = tmp_path / ("long" * 30)
    with running(root) as services:
        address = services.addresses["DATABASE_URL"]
        pointed = (root / "sockets").readlink()
        assert ask(services, "SELECT 1") == "1"
        assert Services(StateDirectory.open(root), environment={}, profile=Profile.FAST).addresses == services.addresses
    assert str(pointed) in address
    assert not pointed.exists()


def test_a_socket_directory_somebody_else_opened_is_not_used_again(tmp_path: Path) -> None:
    root = tmp_path / ("long" * 30)
    foreign = tmp_path / "foreign"
    foreign.mkdir(mode=0o777)
    foreign.chmod(0o777)
    root.mkdir()
    (root / "sockets").symlink_to(foreign)
    with running(root) as services:
        assert str(foreign) not in services.addresses["DATABASE_URL"]
    assert foreign.exists()


@pytest.mark.parametrize(
    ("environment", "started"),
    [
        ({"DATABASE_URL": "x"}, {"REDIS_URL", "CELERY_BROKER_URL"}),
        ({"REDIS_URL": "x"}, {"DATABASE_URL", "CELERY_BROKER_URL"}),
        ({"REDIS_URL": "x", "CELERY_BROKER_URL": "x"}, {"DATABASE_URL"}),
        ({"DATABASE_URL": ""}, {"DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL"}),
    ],
)
def test_an_address_in_the_environment_replaces_the_embedded_part(
    tmp_path: Path, environment: Mapping[str, str], started: set[str]
) -> None:
    services = Services(StateDirectory.open(tmp_path), environment=environment, profile=Profile.FAST)
    assert services.addresses.keys() == started
