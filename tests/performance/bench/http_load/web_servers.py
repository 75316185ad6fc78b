"""Web servers, started with the very words of `make run`, around whatever entry."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tests.support.live import PROJECT_ROOT, free_port
from velro.embedded.accounts import Account
from velro.embedded.options import Options
from velro.embedded.plan import WEB_STOP_SECONDS, web
from velro.embedded.probes import Probe
from velro.embedded.servers import launched

READY_SECONDS: Final = 60
BETWEEN_LOOKS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Entry:
    """What a server serves: a WSGI application or, with `is_factory`, what makes one."""

    name: str
    target: str
    is_factory: bool = False
    environment: Mapping[str, str] | None = None


BARE: Final = Entry("bare WSGI", "tests.performance.bench.http_load.bare_entry:application")
EMPTY: Final = Entry(
    "empty DRF view",
    "django.core.wsgi:get_wsgi_application",
    is_factory=True,
    environment={"DJANGO_SETTINGS_MODULE": "tests.performance.bench.http_load.empty_settings"},
)
VELRO: Final = Entry("Velro", "velro.wsgi:application")


@dataclass(frozen=True, slots=True)
class Web:
    """A server that answers."""

    port: int
    process_id: int


@contextmanager
def running_web(entry: Entry, *, environment: Mapping[str, str], log: Path) -> Iterator[Web]:
    """One worker process. What it says goes to `log`. Raises RuntimeError when it does not come up."""
    plan = web(replace(Options.read(), port=free_port(), web_workers=1))
    port = int(plan.command[plan.command.index("--port") + 1])
    words = (*plan.command[:-1], *(("--factory",) if entry.is_factory else ()), entry.target)
    account = Account(os.geteuid(), os.getegid())
    with log.open("ab") as output:
        process = subprocess.Popen(
            launched(words, account=account, death_signal=signal.SIGKILL),
            cwd=PROJECT_ROOT,
            env={**environment, **(entry.environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_until_ready(process, plan.probe, log=log)
        yield Web(port, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(WEB_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], probe: Probe | None, *, log: Path) -> None:
    async def is_ready() -> bool:
        return probe is None or await probe()

    deadline = time.monotonic() + READY_SECONDS
    while not asyncio.run(is_ready()):
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"The web server did not come up:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(BETWEEN_LOOKS)
