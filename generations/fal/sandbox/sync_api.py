"""fal.run: run a model and wait for its answer, or follow it as a stream. Lies below /sync and under its host name."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from generations.fal.sandbox.endpoints.registry import ENDPOINTS
from generations.fal.sandbox.errors import FalRefusal, platform_error
from generations.fal.sandbox.faults import FaultBook, Point, Subject
from generations.fal.sandbox.gateway import SYNCHRONOUS_PREFIX
from generations.fal.sandbox.progress import list_logs
from generations.fal.sandbox.responses import to_response
from generations.fal.sandbox.submissions import read_submission

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from generations.fal.sandbox.access import AccessGuard
    from generations.fal.sandbox.queue import RequestQueue
    from generations.fal.sandbox.requests import QueuedRequest, Submission

STREAM_SECONDS = 0.1
BROKEN_OFF = platform_error(503, "runner_disconnected", "The runner stopped before it answered")


class SyncApi:
    """Handlers of the synchronous host."""

    def __init__(self, *, access: AccessGuard, queue: RequestQueue, faults: FaultBook) -> None:
        self._access = access
        self._queue = queue
        self._faults = faults

    def routes(self) -> list[Route]:
        """Streams hang below the endpoint they run."""
        return [
            Route(f"{SYNCHRONOUS_PREFIX}/{{endpoint:path}}/stream", self.stream, methods=["POST"]),
            Route(f"{SYNCHRONOUS_PREFIX}/{{endpoint:path}}", self.run, methods=["POST"]),
            # A caller that could not be told the host apart still asks for a stream by its path.
            *(Route(f"/{endpoint}/stream", self.stream, methods=["POST"]) for endpoint in ENDPOINTS),
        ]

    async def run(self, request: Request) -> Response:
        """The model's answer is the response."""
        queued = await self._queue.run_now(await self._read(request, request.path_params["endpoint"]))
        return to_response(queued.outcome or BROKEN_OFF, request_id=queued.id)

    async def stream(self, request: Request) -> Response:
        """One event a step, then the output as the last event."""
        endpoint_id = request.path_params.get("endpoint") or request.url.path.strip("/").removesuffix("/stream")
        submission = await self._read(request, endpoint_id)
        queued, run = self._queue.start_now(submission)
        return StreamingResponse(
            _follow(queued, run), 200, {"x-fal-request-id": queued.id}, media_type="text/event-stream"
        )

    async def _read(self, request: Request, endpoint_id: str) -> Submission:
        submission = await read_submission(request, self._access, endpoint_id=endpoint_id)
        prompt = str(submission.input.get("prompt") or submission.input.get("text") or "")
        strike = self._faults.strike(Point.SUBMIT, Subject(endpoint_id, prompt))
        if strike is not None and strike.kind.outcome is not None:
            raise FalRefusal(strike.kind.outcome)
        return submission


async def _follow(queued: QueuedRequest, run: asyncio.Task[None]) -> AsyncIterator[str]:
    told = 0
    while not run.done():
        await asyncio.wait([run], timeout=STREAM_SECONDS)
        lines = list_logs(queued)
        for number, line in enumerate(lines[told:], start=told + 1):
            yield _event({"progress": number / queued.step_count, "message": line["message"]})
        told = len(lines)
    if queued.outcome is not None:
        yield _event(queued.outcome.body)


def _event(body: object) -> str:
    return f"data: {json.dumps(body)}\n\n"
