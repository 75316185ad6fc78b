"""A PostgreSQL that a test may stop and kill: durable, reached by TCP, with the tables of Velro."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Final

from django.core.management import call_command
from django.db import connection

from tests.authorization.freshness.conftest import eventually
from tests.support.live import free_port
from velro.embedded.accounts import servers_account
from velro.embedded.postgresql import DATA, DATABASE, plan_postgresql
from velro.embedded.servers import Profile, Server
from velro.embedded.state import StateDirectory

HOST: Final = "127.0.0.1"


@dataclass(slots=True)
class OwnServer:
    """Start it from the main thread: it ends with the thread that did."""

    state: StateDirectory
    port: int = field(default_factory=free_port)
    _server: Server | None = None

    @property
    def is_running(self) -> bool:
        """Whether its first process is there."""
        return self._server is not None and self._server.is_alive

    def start(self) -> None:
        """After a crash too: then it recovers what was committed."""
        self.state.logs.mkdir(mode=0o700, exist_ok=True)
        plan = plan_postgresql(
            self.state, account=servers_account(self.state.root / DATA), profile=Profile.DURABLE
        )  # fmt: skip
        options = ("-c", f"listen_addresses={HOST}", "-c", f"port={self.port}", "-c", "max_notify_queue_pages=64")
        self._server = Server(replace(plan, command=(*plan.command, *options)))
        self._server.start()

    def stop(self, how: signal.Signals) -> None:
        """SIGINT is a fast shutdown, SIGQUIT an immediate one, SIGKILL none at all. Returns when it is over."""
        if (server := self._server) is None:
            raise AssertionError("it was started")
        os.kill(server.process_id, how)
        assert eventually(lambda: not server.is_alive)


@contextmanager
def own_server(state: StateDirectory) -> Iterator[OwnServer]:
    """One that Django's connection leads to, with empty tables."""
    server, settings = OwnServer(state), connection.settings_dict
    before = {name: settings[name] for name in ("NAME", "USER", "HOST", "PORT")}
    server.start()
    try:
        connection.close()
        settings.update(NAME=DATABASE, USER=DATABASE, HOST=HOST, PORT=str(server.port))
        call_command("migrate", verbosity=0)
        yield server
    finally:
        connection.close()
        settings.update(before)
        if server.is_running:
            server.stop(signal.SIGQUIT)
        state.remove_short_sockets()
