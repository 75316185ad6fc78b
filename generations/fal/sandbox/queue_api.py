"""queue.fal.run: submit, status, status stream, result and cancel."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from generations.fal.sandbox.application_id import application_of
from generations.fal.sandbox.connections import DroppedConnection
from generations.fal.sandbox.errors import (
    RATE_LIMITED,
    REQUEST_NOT_FOUND,
    STILL_IN_PROGRESS,
    FalRefusal,
    Outcome,
)
from generations.fal.sandbox.faults import FaultBook, Point, Strike, Subject
from generations.fal.sandbox.progress import describe_status, describe_submission
from generations.fal.sandbox.requests import QueuedRequest, Status, Submission
from generations.fal.sandbox.responses import is_truthy, to_response
from generations.fal.sandbox.submissions import read_submission

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from generations.fal.sandbox.access import AccessGuard
    from generations.fal.sandbox.queue import RequestQueue
    from generations.fal.sandbox.webhooks import WebhookSender

REQUEST_PATH = "/{application:path}/requests/{request_id}"
# While a request runs, its log grows without any change of state; the stream looks again this often.
STREAM_SECONDS = 0.2


class QueueApi:
    """Handlers of the queue host."""

    def __init__(self, *, access: AccessGuard, queue: RequestQueue, faults: FaultBook, webhooks: WebhookSender) -> None:
        self._access = access
        self._queue = queue
        self._faults = faults
        self._webhooks = webhooks

    def routes(self) -> list[Route]:
        """The request routes first: submit takes any path that is left."""
        return [
            Route(f"{REQUEST_PATH}/status/stream", self.stream_status, methods=["GET"]),
            Route(f"{REQUEST_PATH}/status", self.read_status, methods=["GET"]),
            Route(f"{REQUEST_PATH}/cancel", self.cancel, methods=["PUT"]),
            Route(f"{REQUEST_PATH}/response", self.read_result, methods=["GET"]),
            Route(REQUEST_PATH, self.read_result, methods=["GET"]),
            Route("/{endpoint:path}", self.submit, methods=["POST"]),
        ]

    async def submit(self, request: Request) -> Response:
        """Register a request, unless a fault comes in between."""
        submission = await read_submission(request, self._access, endpoint_id=request.path_params["endpoint"])
        limit = request.query_params.get("fal_max_queue_length", "")
        if limit.isdecimal() and self._queue.count_waiting(submission.endpoint_id) > int(limit):
            raise FalRefusal(RATE_LIMITED)
        prompt = str(submission.input.get("prompt") or submission.input.get("text") or "")
        strike = self._faults.strike(Point.SUBMIT, Subject(submission.endpoint_id, prompt))
        if strike is None:
            return self._accept(submission)
        return await self._misbehave(strike, submission)

    async def read_status(self, request: Request) -> Response:
        """202 while pending, 200 when completed."""
        queued = self._find(request, Point.STATUS)
        with_logs = is_truthy(request.query_params.get("logs"))
        body = describe_status(queued, self._queue, with_logs=with_logs)
        status = 200 if queued.status is Status.COMPLETED else 202
        return JSONResponse(body, status, {"x-fal-request-id": queued.id})

    async def stream_status(self, request: Request) -> Response:
        """Server-sent events: every change of the status body, up to COMPLETED."""
        queued = self._find(request, Point.STATUS)
        events = self._watch(queued, with_logs=is_truthy(request.query_params.get("logs")))
        return StreamingResponse(events, 200, {"x-fal-request-id": queued.id}, media_type="text/event-stream")

    async def read_result(self, request: Request) -> Response:
        """Replay what the model answered: status, headers and body."""
        queued = self._find(request, Point.RESULT)
        if queued.outcome is None:
            raise FalRefusal(STILL_IN_PROGRESS)
        if queued.is_result_expired():
            raise FalRefusal(REQUEST_NOT_FOUND)
        return to_response(queued.outcome, request_id=queued.id)

    async def cancel(self, request: Request) -> Response:
        """Ask for the end of a request; too late is 400."""
        queued = self._find(request, None)
        if queued.status is Status.COMPLETED:
            raise FalRefusal(Outcome(400, {"status": "ALREADY_COMPLETED"}))
        strike = self._faults.strike(Point.CANCEL, _subject_of(queued))
        if strike is None:
            self._queue.cancel(queued)
        elif strike.kind.outcome is not None:
            raise FalRefusal(strike.kind.outcome)
        return to_response(Outcome(202, {"status": "CANCELLATION_REQUESTED"}), request_id=queued.id)

    def _accept(self, submission: Submission) -> Response:
        return self._confirm(self._queue.submit(submission))

    def _confirm(self, queued: QueuedRequest) -> Response:
        body = describe_submission(queued, self._queue)
        return JSONResponse(body, headers={"x-fal-request-id": queued.id})

    async def _misbehave(self, strike: Strike, submission: Submission) -> Response:
        if strike.kind.outcome is not None:
            return to_response(strike.kind.outcome)
        if strike.name == "slow_submit":
            await asyncio.sleep(strike.seconds)
        if strike.name == "drop_before_accept":
            return DroppedConnection()
        queued = self._queue.submit(submission)
        if strike.name == "drop_after_accept":
            return DroppedConnection()
        if strike.name == "answer_lost_after_timeout":
            await asyncio.sleep(strike.seconds)
        elif strike.name == "webhook_early":
            await _completion_of(queued)
            await self._webhooks.wait_for(queued)
        return self._confirm(queued)

    def _find(self, request: Request, point: Point | None) -> QueuedRequest:
        """The request a path names, by owner and application alone; a longer path is 405, as on the live service."""
        self._access.check_key(request)
        application = request.path_params["application"]
        if application_of(application) != application:
            raise FalRefusal(Outcome(405, {"detail": "Method Not Allowed"}))
        queued = self._queue.find(request.path_params["request_id"])
        if queued is None or application_of(queued.submission.endpoint_id) != application:
            raise FalRefusal(REQUEST_NOT_FOUND)
        strike = self._faults.strike(point, _subject_of(queued)) if point is not None else None
        if strike is not None and strike.kind.outcome is not None:
            raise FalRefusal(strike.kind.outcome)
        return queued

    async def _watch(self, queued: QueuedRequest, *, with_logs: bool) -> AsyncIterator[str]:
        last: dict[str, Any] = {}
        while True:
            changed = queued.changed
            body = describe_status(queued, self._queue, with_logs=with_logs)
            if body != last:
                yield f"data: {json.dumps(body)}\n\n"
                last = body
            if queued.status is Status.COMPLETED:
                return
            await _wait_for_event(changed, seconds=STREAM_SECONDS)


def _subject_of(queued: QueuedRequest) -> Subject:
    return Subject(queued.submission.endpoint_id, queued.prompt, queued.id)


async def _completion_of(queued: QueuedRequest) -> None:
    while queued.status is not Status.COMPLETED:
        await queued.changed.wait()


async def _wait_for_event(event: asyncio.Event, *, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
