"""Other processes on the database of the test: those that decide from memory, and one that changes something."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import sleep
from typing import Any

from django.db import connection
from psycopg.conninfo import make_conninfo

from tests.authorization.freshness.conftest import eventually
from tests.authorization.freshness.worlds import World


@dataclass(frozen=True, slots=True)
class Reader:
    """One of them."""

    process: subprocess.Popen[str]

    def say(self, *words: object) -> None:
        """Give it something to do."""
        if self.process.stdin is None:
            raise AssertionError("it was started with a pipe")
        print(*words, file=self.process.stdin, flush=True)

    def hear(self) -> Any:
        """What it answers."""
        if self.process.stdout is None:
            raise AssertionError("it was started with a pipe")
        return json.loads(self.process.stdout.readline())

    def allows(self, user: object, generation: object) -> tuple[bool | None, bool]:
        """Its decision about reading, None without a database to ask, and whether it came from memory."""
        self.say("once", user, generation)
        _, is_allowed, is_hit, _ = self.hear()
        return is_allowed, is_hit

    def knows(self, world: World) -> bool:
        """Whether it allows this from memory."""
        return self.allows(world.person.id, world.generation.id) == (True, True)

    @property
    def has_new_lease(self) -> bool:
        """Whether it may answer from memory for most of a lease."""
        self.say("leased")
        return bool(self.hear())

    @property
    def shared_hits(self) -> int:
        """How often it answered from what other processes had loaded."""
        self.say("shared")
        return int(self.hear())

    def stop(self) -> None:
        """As if the machine had no time for it. Returns when none of its threads runs any more."""
        self.process.send_signal(signal.SIGSTOP)
        while any(_state_of(thread) != "T" for thread in Path(f"/proc/{self.process.pid}/task").iterdir()):
            sleep(0.001)

    def go_on(self) -> None:
        """After a stop."""
        self.process.send_signal(signal.SIGCONT)


def database_address(*, port: int | None = None) -> str:
    """Of the database of the test, for libpq."""
    parameters = connection.get_connection_params() | ({} if port is None else {"port": port})
    return make_conninfo(
        "", **{key: parameters[key] for key in ("dbname", "user", "host", "port") if key in parameters}
    )


def known_to_all(world: World, others: list[Reader]) -> None:
    """Each has it in memory."""
    for other in others:
        assert eventually(partial(other.knows, world))


def answers(world: World, others: list[Reader]) -> list[bool | None]:
    """What each decides."""
    return [other.allows(world.person.id, world.generation.id)[0] for other in others]


def definite_answers(world: World, others: list[Reader]) -> list[bool | None]:
    """The same, once the database can be asked."""
    assert eventually(lambda: None not in answers(world, others))
    return answers(world, others)


@contextmanager
def readers(count: int, *, port: int | None = None) -> Iterator[list[Reader]]:
    """So many of them, each with a lease; through `port`, where they are not to go straight to the server."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_address(port=port),
        "DJANGO_SETTINGS_MODULE": "velro.settings",
    }
    with ExitStack() as stack:
        started = []
        for _ in range(count):
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.authorization.freshness.reader"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
            )  # fmt: skip
            stack.callback(_end, process)
            started.append(Reader(process))
        for reader in started:
            if reader.hear() != "ready":
                raise AssertionError("it is ready first of all")
        yield started


@dataclass(frozen=True, slots=True)
class Revoker:
    """Takes a membership away, in a process and in a backend of its own."""

    process: subprocess.Popen[str]
    backend: int

    def begin(self) -> None:
        """Does not wait for it."""
        if self.process.stdin is None:
            raise AssertionError("it was started with a pipe")
        print(file=self.process.stdin, flush=True)

    def kill(self, victim: str) -> None:
        """One of the two."""
        os.kill(self.backend if victim == "backend" else self.process.pid, signal.SIGKILL)


@contextmanager
def revoker(world: World) -> Iterator[Revoker]:
    """Connected and ready."""
    module = "tests.authorization.freshness.revoker"
    process = subprocess.Popen(
        [sys.executable, "-m", module, database_address(), str(world.person.id)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    if process.stdout is None:
        raise AssertionError("it was started with a pipe")
    try:
        yield Revoker(process, int(process.stdout.readline()))
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        if process.stdin:
            process.stdin.close()


def _state_of(thread: Path) -> str:
    return (thread / "stat").read_text().rpartition(") ")[2][0]


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()
