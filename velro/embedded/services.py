"""The servers one copy needs: those whose address the environment does not already give."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from velro.embedded.accounts import servers_account
from velro.embedded.postgresql import DATA as POSTGRESQL_DATA
from velro.embedded.postgresql import database_url, plan_postgresql
from velro.embedded.servers import Profile, Server, ServerPlan
from velro.embedded.state import StateDirectory
from velro.embedded.valkey import broker_url, cache_url, plan_valkey
from velro.embedded.watchdog import Watchdog


class Services:
    """The embedded servers of one copy. The caller owns the state directory (see `ownership`)."""

    def __init__(self, state: StateDirectory, *, environment: Mapping[str, str], profile: Profile) -> None:
        self._state = state
        account = servers_account(state.root / POSTGRESQL_DATA)
        self._planners: list[Callable[[], ServerPlan]] = []
        self._running: list[tuple[Server, Callable[[], ServerPlan]]] = []
        available: dict[str, str] = {}
        if not environment.get("DATABASE_URL"):
            self._planners.append(partial(plan_postgresql, state, account=account, profile=profile))
            available["DATABASE_URL"] = database_url(state, account=account)
        if not (environment.get("REDIS_URL") and environment.get("CELERY_BROKER_URL")):
            self._planners.append(partial(plan_valkey, state, account=account, profile=profile))
            available["REDIS_URL"] = cache_url(state, account=account)
            available["CELERY_BROKER_URL"] = broker_url(state, account=account)
        self.addresses = {name: url for name, url in available.items() if not environment.get(name)}

    @property
    def servers(self) -> list[Server]:
        """The servers that were started, in that order."""
        return [server for server, _ in self._running]

    def start(self) -> None:
        """Start what is needed; raise CopyProblem, with nothing left running, when one of them cannot."""
        self._state.logs.mkdir(mode=0o700, exist_ok=True)
        try:
            for planner in self._planners:
                self._running.append((server := Server(planner()), planner))
                server.start()
        except BaseException:
            self.stop()
            raise

    def revive(self) -> list[Server]:
        """Start every server again that ended by itself; returns those."""
        revived = []
        for position, (dead, planner) in enumerate(self._running):
            if not dead.is_alive:
                server = Server(planner())
                self._running[position] = (server, planner)
                server.start()
                revived.append(server)
        return revived

    def stop(self) -> None:
        """Stop in the reverse order of the start."""
        while self._running:
            self._running.pop()[0].stop()
        self._state.remove_short_sockets()


@contextmanager
def running_services(services: Services, watchdog: Watchdog) -> Iterator[None]:
    """Run the servers for the time of the block, and no longer even if this process is killed."""
    services.start()
    try:
        for server in services.servers:
            guard(server, watchdog)
        yield
    finally:
        services.stop()


def guard(server: Server, watchdog: Watchdog) -> None:
    """Let the watchdog stop this server should the owner die."""
    watchdog.guard_server(server.plan.name, process_id=server.process_id, stop_signal=server.plan.stop_signal)
