"""Gives every test run its own PostgreSQL and Valkey, before Django reads its settings.

Loaded with `-p tests.support.services`. Under xdist the controller starts the servers and the workers inherit their
addresses, each with Valkey databases and a state directory of its own.
"""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.rates import UNLIMITED
from velro.embedded.dotenv_files import new_keys
from velro.embedded.servers import Profile
from velro.embedded.services import Services, running_services
from velro.embedded.state import StateDirectory
from velro.embedded.watchdog import Watchdog

pytest_plugins = ("tests.support.live", "tests.support.browser")

# All tests come from one address and many as one person; those about limits, blocks and outages bring their own values.
OUT_OF_THE_WAY = UNLIMITED | {"BLOCKED_NETWORKS_MAX_AGE": "3600", "DECISION_CACHE_TIMEOUT": "5"}
# Databases 0 and 1 belong to a run without xdist.
FIRST_WORKER_DATABASE = 2


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Generator[None]:
    """Run ahead of pytest-django, which imports the settings in this very hook."""
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    if worker is None:
        start_services(early_config)
    else:
        separate_worker(int(worker.removeprefix("gw")))
    return (yield)


def start_services(config: pytest.Config) -> None:
    """Start the servers of this run in a directory that goes away with it, however the run ends."""
    directory = Path(tempfile.mkdtemp(prefix="velro-test-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, directory, ignore_errors=True)
        watchdog = Watchdog()
        stack.callback(watchdog.dismiss)
        watchdog.guard_directory(directory)
        # The addresses a developer's shell may hold are passed over: tests never touch servers they did not start.
        services = Services(StateDirectory.open(directory), environment={}, profile=Profile.FAST)
        stack.enter_context(running_services(services, watchdog))
        os.environ.update(services.addresses | new_keys())
        os.environ.update(VELRO_ENV="test", STATE_DIR=str(directory), PUBLIC_URL="http://testserver")
        os.environ.update(OUT_OF_THE_WAY)
        # An empty value hides a key in .env: no test may spend money.
        os.environ["FAL_KEY"] = ""
        config.add_cleanup(stack.pop_all().close)


def separate_worker(number: int) -> None:
    """Keep this xdist worker out of the others' cache, queue and files."""
    first = FIRST_WORKER_DATABASE + 2 * number
    os.environ["REDIS_URL"] = os.environ["REDIS_URL"].replace("?db=0", f"?db={first}")
    broker = os.environ["CELERY_BROKER_URL"]
    os.environ["CELERY_BROKER_URL"] = broker.replace("?virtual_host=1", f"?virtual_host={first + 1}")
    directory = Path(os.environ["STATE_DIR"], f"worker-{number}")
    directory.mkdir(mode=0o700, exist_ok=True)
    os.environ["STATE_DIR"] = str(directory)
