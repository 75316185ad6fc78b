"""The FAL sandbox as a process of its own for tests: one per test run, emptied before each test."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT_ROOT = Path(__file__).resolve().parents[2]
KEY = "sandbox:secret"
START_SECONDS = 30
COMPLETION_SECONDS = 30
IMAGE = "fal-ai/flux/schnell"
SMALL = {"width": 64, "height": 64}


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox, and what tests ask of it."""

    base_url: str
    state_dir: Path
    client: httpx.Client
    process: subprocess.Popen[bytes]

    def set_fault(self, name: str, *, times: int | None = 1, match: dict[str, str] | None = None, **more: Any) -> None:
        """Let the next calls run into a fault; `more` are its parameters."""
        body = {"fault": name, "times": times, "match": match or {}, **more}
        self.client.post("/sandbox/faults", json=body).raise_for_status()

    def list_requests(self, *, tag: str | None = None) -> list[dict[str, Any]]:
        """Everything registered, or what carries the tag."""
        answer = self.client.get("/sandbox/requests", params={} if tag is None else {"tag": tag})
        rows: list[dict[str, Any]] = answer.raise_for_status().json()["requests"]
        return rows

    def submit(self, endpoint: str = IMAGE, *, webhook: str = "", **model_input: Any) -> httpx.Response:
        """Submit; images are tiny unless told otherwise."""
        defaults = {"prompt": "a fox", "image_size": SMALL}
        params = {"fal_webhook": webhook} if webhook else {}
        return self.client.post(f"/{endpoint}", json=defaults | model_input, params=params)

    def complete(self, endpoint: str = IMAGE, **model_input: Any) -> httpx.Response:
        """Submit, wait, and return the result as it is replayed."""
        return self.wait_for_result(self.submit(endpoint, **model_input).raise_for_status().json())

    def wait_for_result(self, submitted: dict[str, Any]) -> httpx.Response:
        """Follow the status stream to its end, then fetch the result."""
        self.client.get(f"{submitted['status_url']}/stream", timeout=COMPLETION_SECONDS).raise_for_status()
        return self.client.get(submitted["response_url"])

    def read_status(self, submitted: dict[str, Any], *, logs: bool = False) -> dict[str, Any]:
        """The status body."""
        body: dict[str, Any] = self.client.get(submitted["status_url"], params={"logs": int(logs)}).json()
        return body

    def reset(self) -> None:
        """Forget all requests and faults."""
        self.client.post("/sandbox/reset").raise_for_status()


@contextmanager
def running_sandbox(
    state_dir: Path, *arguments: str, key: str = KEY, authority: Path | None = None
) -> Iterator[Sandbox]:
    """Run a sandbox with pace 0 until the block ends; it also ends when this process does, however that dies.

    `authority` is the certificate that vouches for a sandbox started with TLS.
    """
    port = free_port()
    command = [sys.executable, "-m", "generations.fal.sandbox", "--port", str(port), "--state-dir", str(state_dir)]
    process = subprocess.Popen(
        [*command, "--pace", "0", "--webhook-backoff", "0.02", "--until-stdin-closes", *arguments],
        cwd=PROJECT_ROOT,
        stdin=subprocess.PIPE,
    )
    base_url = f"{'http' if authority is None else 'https'}://127.0.0.1:{port}"
    verify = True if authority is None else ssl.create_default_context(cafile=authority)
    headers = {"Authorization": f"Key {key}"}
    try:
        with httpx.Client(base_url=base_url, headers=headers, verify=verify, trust_env=False) as client:
            _wait_until_healthy(client, process)
            yield Sandbox(base_url, state_dir, client, process)
    finally:
        process.communicate()


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_healthy(client: httpx.Client, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            client.get("/health").raise_for_status()
        except httpx.TransportError:
            time.sleep(0.02)
        else:
            return
    raise RuntimeError("the sandbox did not come up")


@pytest.fixture(scope="session")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The sandbox of this test run."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    """An empty sandbox."""
    sandbox_process.reset()
    return sandbox_process
