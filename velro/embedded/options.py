"""What a person may choose for a copy, read from the environment and `.env`, checked before anything starts."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from velro.embedded.dotenv_files import read_dotenv
from velro.embedded.problems import CopyProblem
from velro.embedded.state import PROJECT_ROOT

HOST = "127.0.0.1"
LAST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class Options:
    """The choices; `environment` is the whole environment with `.env` below it."""

    port: int
    state_dir: Path
    web_workers: int
    web_threads: int
    celery_concurrency: int
    environment: Mapping[str, str]

    @classmethod
    def read(cls) -> "Options":
        """Read the real environment over `.env`; raise CopyProblem for a value that cannot be meant."""
        environment = read_dotenv(PROJECT_ROOT / ".env") | dict(os.environ)
        return cls(
            port=positive_number(environment, "PORT", default=8000, highest=LAST_PORT),
            state_dir=Path(environment.get("STATE_DIR") or ".state"),
            web_workers=positive_number(environment, "WEB_WORKERS", default=1),
            web_threads=positive_number(environment, "WEB_THREADS", default=16),
            celery_concurrency=positive_number(environment, "CELERY_CONCURRENCY", default=4),
            environment=environment,
        )

    @property
    def address(self) -> str:
        """Where this copy is reached."""
        return f"http://{HOST}:{self.port}"

    @property
    def has_sandbox(self) -> bool:
        """Whether the FAL sandbox serves the jobs: nobody gave a key or another queue."""
        return not (self.environment.get("FAL_KEY") or self.environment.get("FAL_QUEUE_URL"))


def positive_number(environment: Mapping[str, str], name: str, *, default: int, highest: int = 1024) -> int:
    """The whole number called `name`, at least 1."""
    value = environment.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or not 1 <= int(value) <= highest:
        raise CopyProblem(f"{name} must be a whole number from 1 to {highest}, not {value!r}.")
    return int(value)


def is_port_free(port: int) -> bool:
    """Whether nobody listens there; a connection that is only closing does not count."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
    return True


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return int(listener.getsockname()[1])
