"""One process of a copy: started in a session of its own, heard line by line, ended with everything it started."""

import asyncio
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass

from velro.embedded.accounts import Account
from velro.embedded.output import Output
from velro.embedded.probes import Probe
from velro.embedded.processes import MARK, kill_marked
from velro.embedded.servers import launched
from velro.embedded.state import PROJECT_ROOT

CHUNK_BYTES = 65_536
# A child's last words still lie in the pipe when it has ended.
DRAIN_SECONDS = 2


@dataclass(frozen=True, slots=True)
class ProcessPlan:
    """A process as data. Lower `stop_order` stops earlier; `probe` is None for a step that runs to its end."""

    name: str
    command: tuple[str, ...]
    probe: Probe | None = None
    stop_order: int = 0
    stop_seconds: float = 5


class Child:
    """A started ProcessPlan."""

    def __init__(self, plan: ProcessPlan, *, run_id: str, environment: Mapping[str, str], output: Output) -> None:
        self.plan = plan
        self._mark = f"{run_id}:{plan.name}"
        self._environment = {**environment, MARK: self._mark}
        self._output = output
        self._process: asyncio.subprocess.Process | None = None
        self._relay: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the process; a Ctrl-C at the terminal does not reach it, the runner's death does."""
        account = Account(os.geteuid(), os.getegid())
        # With a pipe of asyncio's own, wait() would wait for every grandchild that still holds the other end.
        read_end, write_end = os.pipe()
        self._relay = asyncio.create_task(self._relay_lines(read_end))
        self._process = await asyncio.create_subprocess_exec(
            *launched(self.plan.command, account=account, death_signal=signal.SIGKILL),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=write_end,
            stderr=asyncio.subprocess.STDOUT,
            cwd=PROJECT_ROOT,
            env=self._environment,
            start_new_session=True,
        )
        os.close(write_end)

    async def wait(self) -> int:
        """Wait for the end of the process and of all it started; returns its exit code."""
        assert self._process is not None  # noqa: S101 - waited for only after start()
        code = await self._process.wait()
        await self._finish()
        return code

    async def stop(self, *, hurry: asyncio.Event) -> None:
        """Ask the process to end; kill it and all it started when its time is over or `hurry` is set."""
        if self._process is None:
            return
        if self._process.returncode is None:
            self._process.terminate()
            waits = {asyncio.create_task(self._process.wait()), asyncio.create_task(hurry.wait())}
            _, pending = await asyncio.wait(waits, timeout=self.plan.stop_seconds, return_when=asyncio.FIRST_COMPLETED)
            for task in pending:
                task.cancel()
        await self._finish()
        await self._process.wait()

    async def _finish(self) -> None:
        kill_marked(self._mark)
        if self._relay is not None:
            await asyncio.wait({self._relay}, timeout=DRAIN_SECONDS)

    async def _relay_lines(self, read_end: int) -> None:
        stream = asyncio.StreamReader()
        pipe = os.fdopen(read_end, "rb", buffering=0)
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stream), pipe)
        rest = b""
        while chunk := await stream.read(CHUNK_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                self._output.relay(self.plan.name, line.rstrip(b"\r"))
        if rest:
            self._output.relay(self.plan.name, rest)
