"""A Valkey of a test's own, which may be stopped, killed and started again."""

import os
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis

from velro.embedded.accounts import servers_account
from velro.embedded.servers import Profile, Server
from velro.embedded.state import StateDirectory
from velro.embedded.valkey import DATA, cache_url, plan_valkey


class OwnValkey:
    """Empty at first, with its data below a folder."""

    def __init__(self, folder: Path) -> None:
        self._state = StateDirectory.open(folder)
        self._state.logs.mkdir()
        self._account = servers_account(self._state.root / DATA)
        self.start()
        self.url = cache_url(self._state, account=self._account)
        self.dump = self._state.root / DATA / "dump.rdb"

    @property
    def client(self) -> Any:
        """For what a test does to it."""
        return Redis.from_url(self.url)

    def start(self) -> None:
        """With what its dump holds, if there is one."""
        self._server = Server(plan_valkey(self._state, account=self._account, profile=Profile.FAST))
        self._server.start()

    def kill(self) -> None:
        """As when its machine fails. Returns when it is gone."""
        os.kill(self._server.process_id, signal.SIGKILL)
        while self._server.is_alive:
            pass

    def stand_still(self) -> None:
        """Connections stay, and nobody hears of it any more, until it may `go_on`."""
        os.kill(self._server.process_id, signal.SIGSTOP)

    def go_on(self) -> None:
        """After standing still."""
        os.kill(self._server.process_id, signal.SIGCONT)

    def end(self) -> None:
        """However it is."""
        if self._server.is_alive:
            self.go_on()
            self._server.stop()
        self._state.remove_short_sockets()


@contextmanager
def own_valkey() -> Iterator[OwnValkey]:
    """One that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="velro-valkey-") as folder:
        server = OwnValkey(Path(folder))
        try:
            yield server
        finally:
            server.end()
