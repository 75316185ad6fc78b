"""Servers and a large world of its own for each size that is measured."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.live import NOTHING_OF_THE_DEVELOPER, PROJECT_ROOT
from tests.support.rates import UNLIMITED
from velro.embedded.dotenv_files import new_keys
from velro.embedded.servers import Profile
from velro.embedded.services import Services, running_services
from velro.embedded.state import StateDirectory
from velro.embedded.watchdog import Watchdog


@dataclass(frozen=True, slots=True)
class WorldSize:
    """How much there is."""

    users: int
    teams: int
    generations: int

    def __str__(self) -> str:
        return f"{self.users:,} users, {self.teams:,} teams, {self.generations:,} generations"


@contextmanager
def running_world(directory: Path, size: WorldSize) -> Iterator[dict[str, str]]:
    """Durable servers with nothing but this world; yields the environment that leads to it."""
    with running_servers(directory) as environment:
        sizes = (f"--{name}={getattr(size, name)}" for name in ("users", "teams", "generations"))
        run(environment, "manage.py", "seed_large", *sizes)
        yield environment


@contextmanager
def running_servers(directory: Path) -> Iterator[dict[str, str]]:
    """Durable servers with empty tables; yields the environment that leads to them."""
    watchdog = Watchdog()
    services = Services(StateDirectory.open(directory), environment={}, profile=Profile.DURABLE)
    own = {
        "VELRO_ENV": "development",
        "STATE_DIR": str(directory),
        "PUBLIC_URL": "http://localhost",
        "LOG_LEVEL": "ERROR",
        **new_keys(),
    }
    environment = os.environ | NOTHING_OF_THE_DEVELOPER | UNLIMITED | services.addresses | own
    try:
        with running_services(services, watchdog):
            run(environment, "manage.py", "migrate", "--verbosity", "0")
            yield environment
    finally:
        watchdog.dismiss()


def figures_of(environment: dict[str, str], *, rounds: int) -> Any:
    """What `measuring` finds there, in a process of its own."""
    return json.loads(run(environment, "-m", "tests.performance.bench.measuring_process", str(rounds)))


def run(environment: dict[str, str], *words: str) -> str:
    """What a Python process prints. Raises subprocess.CalledProcessError when it fails; its complaints are shown."""
    command = [sys.executable, *words]
    return subprocess.run(
        command, cwd=PROJECT_ROOT, env=environment, stdout=subprocess.PIPE, text=True, check=True
    ).stdout
