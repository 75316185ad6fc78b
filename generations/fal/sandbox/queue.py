"""The queue: who waits, who runs, and how a request moves between the three states."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from generations.fal.sandbox.endpoints.registry import ENDPOINTS
from generations.fal.sandbox.errors import CLIENT_CANCELLED, START_TIMEOUT, Outcome, model_error
from generations.fal.sandbox.faults import FaultBook, Point, Strike, Subject
from generations.fal.sandbox.requests import QueuedRequest, Status, Submission, new_request_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from generations.fal.sandbox.runner import Runner
    from generations.fal.sandbox.settings import SandboxSettings
    from generations.fal.sandbox.store import SandboxStore
    from generations.fal.sandbox.webhooks import WebhookSender

# At pace 1 every request first sees a short line before it, even in an empty house.
LINE_LENGTH = 3
SECONDS_PER_PLACE = 0.15


class RequestQueue:
    """All requests of the sandbox; at most `settings.concurrency` of them run."""

    def __init__(
        self,
        *,
        settings: SandboxSettings,
        store: SandboxStore,
        faults: FaultBook,
        runner: Runner,
        webhooks: WebhookSender,
    ) -> None:
        self._settings = settings
        self._store = store
        self._faults = faults
        self._runner = runner
        self._webhooks = webhooks
        self._requests: dict[str, QueuedRequest] = {}
        # Ordered dictionaries give up their first item in constant time; plain ones do not.
        self._waiting: OrderedDict[str, QueuedRequest] = OrderedDict()
        self._waiting_low: OrderedDict[str, QueuedRequest] = OrderedDict()
        self._running: dict[str, asyncio.Task[None]] = {}
        self._running_outside: set[asyncio.Task[None]] = set()
        self._stalled: set[str] = set()

    def resume(self) -> None:
        """Take up what the last process left: unfinished requests wait again, unsent webhooks go out."""
        for request in self._store.load_requests():
            self._requests[request.id] = request
            if request.status is Status.COMPLETED:
                self._webhooks.schedule(request)
            else:
                request.status = Status.IN_QUEUE
                self._enqueue(request)

    def submit(self, submission: Submission) -> QueuedRequest:
        """Register a request; from here on it exists, whatever becomes of the answer."""
        request = QueuedRequest(id=new_request_id(), submission=submission, created_at=time.time())
        self._requests[request.id] = request
        self._store.save_request(request)
        self._enqueue(request)
        return request

    async def run_now(self, submission: Submission) -> QueuedRequest:
        """Run outside the queue, for the synchronous host; the run goes on when its caller hangs up."""
        request, task = self.start_now(submission)
        await asyncio.wait([task])
        return request

    def start_now(self, submission: Submission) -> tuple[QueuedRequest, asyncio.Task[None]]:
        """Start outside the queue; recorded like any other request."""
        request = QueuedRequest(id=new_request_id(), submission=submission, created_at=time.time())
        self._requests[request.id] = request
        task = asyncio.create_task(self._run(request))
        self._running_outside.add(task)
        task.add_done_callback(self._running_outside.discard)
        return request, task

    def find(self, request_id: str) -> QueuedRequest | None:
        """The request of that id."""
        return self._requests.get(request_id)

    def __iter__(self) -> Iterator[QueuedRequest]:
        """Every request, oldest first."""
        return iter(list(self._requests.values()))

    def count_waiting(self, endpoint_id: str) -> int:
        """How many requests of that endpoint wait."""
        return sum(request.submission.endpoint_id == endpoint_id for request in self._line())

    def position_of(self, request: QueuedRequest) -> int:
        """How many requests come before this one, counting the imaginary line of an empty house."""
        ahead = self._count_ahead(request)
        remaining = self._start_of(request) - time.time()
        return max(ahead, int(remaining / (SECONDS_PER_PLACE * self._settings.pace))) if remaining > 0 else ahead

    def cancel(self, request: QueuedRequest) -> None:
        """Take a waiting request out, or stop a running one; either way it completes as cancelled."""
        task = self._running.get(request.id)
        if task is not None:
            task.cancel()
        self._complete(request, CLIENT_CANCELLED)

    def reset(self) -> None:
        """Forget everything, finished or not."""
        self.stop()
        self._webhooks.abandon()
        for requests in (self._requests, self._waiting, self._waiting_low):
            requests.clear()
        self._running.clear()
        self._stalled.clear()
        self._store.clear()

    def stop(self) -> None:
        """Leave off what is running."""
        for task in (*self._running.values(), *self._running_outside):
            task.cancel()

    def _line(self) -> Iterator[QueuedRequest]:
        yield from self._waiting.values()
        yield from self._waiting_low.values()

    def _count_ahead(self, request: QueuedRequest) -> int:
        is_low = request.submission.is_low_priority
        line, before = (self._waiting_low, len(self._waiting)) if is_low else (self._waiting, 0)
        if request.id not in line:
            return 0
        # Every submission asks for the place of whoever came last: no need to walk along the line for that.
        if next(reversed(line)) == request.id:
            return before + len(line) - 1
        return before + next(place for place, request_id in enumerate(line) if request_id == request.id)

    def _start_of(self, request: QueuedRequest) -> float:
        """The earliest moment a request may start."""
        return request.created_at + LINE_LENGTH * SECONDS_PER_PLACE * self._settings.pace

    def _enqueue(self, request: QueuedRequest) -> None:
        line = self._waiting_low if request.submission.is_low_priority else self._waiting
        line[request.id] = request
        loop = asyncio.get_running_loop()
        if request.submission.start_timeout is not None:
            loop.call_later(request.submission.start_timeout, self._expire, request)
        loop.call_later(max(0.0, self._start_of(request) - time.time()), self._start_next)

    def _start_next(self) -> None:
        """Give free places to those whose time has come."""
        while len(self._running) - len(self._stalled) < self._settings.concurrency:
            request = self._next_in_line()
            if request is None:
                return
            self._leave_line(request)
            self._running[request.id] = asyncio.create_task(self._run_in_place(request))

    def _next_in_line(self) -> QueuedRequest | None:
        now = time.time()
        firsts = (next(iter(line.values()), None) for line in (self._waiting, self._waiting_low))
        return next((first for first in firsts if first is not None and self._start_of(first) <= now), None)

    def _leave_line(self, request: QueuedRequest) -> None:
        self._waiting.pop(request.id, None)
        self._waiting_low.pop(request.id, None)

    def _expire(self, request: QueuedRequest) -> None:
        if self._requests.get(request.id) is request and request.attempts == 0 and request.status is Status.IN_QUEUE:
            self._complete(request, START_TIMEOUT)

    async def _run_in_place(self, request: QueuedRequest) -> None:
        try:
            await self._run(request)
        finally:
            self._running.pop(request.id, None)
            self._stalled.discard(request.id)
            self._start_next()

    async def _run(self, request: QueuedRequest) -> None:
        subject = Subject(request.submission.endpoint_id, request.prompt, request.id)
        strike = self._faults.strike(Point.RUN, subject)
        request.run_seconds = self._pause_of(request)
        self._move(request, Status.IN_PROGRESS)
        if strike is not None and strike.name == "never_complete":
            await self._stall(request)
        if strike is not None and strike.name == "back_to_queue":
            await self._fall_back(request)
        outcome, _ = await asyncio.gather(self._run_model(request, strike), asyncio.sleep(request.run_seconds))
        self._complete(request, outcome)

    async def _run_model(self, request: QueuedRequest, strike: Strike | None) -> Outcome:
        try:
            return await self._runner.run(request, strike)
        except Exception as error:  # noqa: BLE001 - a broken renderer is that model's failure, not the queue's
            return model_error(500, "internal_server_error", f"{type(error).__name__}: {error}")

    async def _fall_back(self, request: QueuedRequest) -> None:
        """Lose the runner half way: wait once more, then start the next attempt."""
        await asyncio.sleep(request.run_seconds / 2)
        self._move(request, Status.IN_QUEUE)
        await asyncio.sleep(request.run_seconds / 2)
        self._move(request, Status.IN_PROGRESS)

    async def _stall(self, request: QueuedRequest) -> None:
        """Run for ever on a place of its own."""
        self._stalled.add(request.id)
        self._start_next()
        await asyncio.Event().wait()

    def _pause_of(self, request: QueuedRequest) -> float:
        endpoint = ENDPOINTS.get(request.submission.endpoint_id)
        return endpoint.input_type.run_seconds * self._settings.pace if endpoint is not None else 0.0

    def _move(self, request: QueuedRequest, status: Status) -> None:
        request.status = status
        if status is Status.IN_PROGRESS:
            request.started_at = time.time()
            request.attempts += 1
        request.announce_change()

    def _complete(self, request: QueuedRequest, outcome: Outcome) -> None:
        if request.status is Status.COMPLETED:
            return
        self._leave_line(request)
        request.outcome = outcome
        request.ended_at = time.time()
        self._move(request, Status.COMPLETED)
        self._store.save_request(request)
        self._webhooks.schedule(request)
