"""Where rendering happens: a few worker processes, so the HTTP loop stays responsive, and a cache of finished files."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

from generations.fal.sandbox.render.jobs import (
    CONTENT_TYPES,
    Rendered,
    RenderJob,
    SpeechJob,
    digest_of,
    encode_job,
)

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from pathlib import Path

WORKER_MODULE = "generations.fal.sandbox.render.worker"


class UnreadableSource(ValueError):
    """An input picture is no picture."""


class RenderFailure(RuntimeError):
    """A worker broke off."""


class RenderPool:
    """Renders jobs in `workers` processes into `directory`. Equal jobs are rendered once and share one file."""

    def __init__(self, *, directory: Path, workers: int) -> None:
        self._directory = directory
        self._workers = [RenderWorker() for _ in range(workers)]
        self._idle: asyncio.LifoQueue[RenderWorker] = asyncio.LifoQueue()
        for worker in self._workers:
            self._idle.put_nowait(worker)
        self._under_way: dict[str, asyncio.Task[Rendered]] = {}

    async def render(self, job: RenderJob) -> Rendered:
        """The finished file of `job`. Raises UnreadableSource or RenderFailure."""
        digest = digest_of(job)
        task = self._under_way.get(digest)
        if task is None:
            task = asyncio.create_task(self._render_once(job, digest))
            self._under_way[digest] = task
            task.add_done_callback(lambda done: self._finish(digest, done))
        # A cancelled request leaves the conversation with the worker intact, and the file to the cache.
        return await asyncio.shield(task)

    async def stop(self) -> None:
        """End the workers, whatever they are doing. Nothing of them is left to a loop that is closed."""
        under_way = list(self._under_way.values())
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await asyncio.gather(*(worker.stop() for worker in self._workers))

    def _finish(self, digest: str, task: asyncio.Task[Rendered]) -> None:
        """Forget a finished task; looking at its failure keeps asyncio from reporting one nobody waited for."""
        self._under_way.pop(digest, None)
        if not task.cancelled():
            task.exception()

    async def _render_once(self, job: RenderJob, digest: str) -> Rendered:
        path = self._directory / digest[:2] / f"{digest}.{job.extension}"
        if not path.exists():
            worker = await self._idle.get()
            try:
                await worker.render(job, path)
            finally:
                self._idle.put_nowait(worker)
        return _describe(path, job)


class RenderWorker:
    """One worker process, started when first needed and again after it broke off; one job at a time."""

    def __init__(self) -> None:
        self._process: Process | None = None

    async def render(self, job: RenderJob, path: Path) -> None:
        """Have `job` rendered to `path`."""
        if self._process is None or self._process.returncode is not None:
            self._process = await _start_process()
        source, sink = self._process.stdout, self._process.stdin
        if source is None or sink is None:
            raise RenderFailure("the worker has no pipes")
        try:
            sink.write(encode_job(job, path))
            await sink.drain()
            answer = json.loads(await source.readline())
        except (OSError, ValueError) as error:
            await self.stop()
            raise RenderFailure("the worker broke off") from error
        if "error" in answer:
            raise (UnreadableSource if answer["is_input_error"] else RenderFailure)(answer["error"])

    async def stop(self) -> None:
        """End the process at once."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()


async def _start_process() -> Process:
    """A session of its own keeps Ctrl-C away from the worker; the end of its input is what stops it."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        WORKER_MODULE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )


def _describe(path: Path, job: RenderJob) -> Rendered:
    seconds = json.loads(path.with_suffix(".json").read_bytes())["seconds"]
    width, height = (0, 0) if isinstance(job, SpeechJob) else (job.width, job.height)
    return Rendered(path, CONTENT_TYPES[job.extension], path.stat().st_size, width, height, seconds)
