"""FAL's queue through the official client, with its own habits taken away (see `generations.fal.transport`)."""

import os
import re
import threading
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import httpx
import structlog
from fal_client import InProgress, Queued, SyncClient, SyncRequestHandle
from fal_client.client import QUEUE_URL_FORMAT, USER_AGENT, Completed, Status

from generations.fal.access import FalAccess, configured_access
from generations.fal.answers import is_already_over, question_problem_from, refusal_from, result_problem_from
from generations.fal.errors import JobGone, OutcomeUnknown, Unreachable
from generations.fal.history import SUBMISSION_TAG, RequestHistory
from generations.fal.port import (
    REQUEST_ID,
    AcceptedJob,
    Claims,
    FalQueue,
    JobOrder,
    JobResult,
    JobState,
    JobStatus,
)
from generations.fal.transport import Answered, GuardedTransport

log = structlog.get_logger(__name__)

TAG = re.compile(r"[A-Za-z0-9._:-]{1,256}")
MAX_POSITION = 1_000_000
MAX_LOGS = 50
MAX_LOG_CHARACTERS = 500
MAX_BILLABLE_UNITS = Decimal(1_000_000)


_lock = threading.Lock()
_queues: "dict[tuple[int, FalAccess], HttpFalQueue]" = {}


class HttpFalQueue:
    """Implements `generations.fal.port.FalQueue`. Usable from several threads, but not across a fork."""

    def __init__(self, access: FalAccess) -> None:
        self._start_timeout = access.start_timeout
        self._transport = GuardedTransport(
            access.queue_url,
            key=access.key,
            submit_timeout=access.submit_timeout,
            answer_timeout=access.answer_timeout,
            alias=httpx.URL(QUEUE_URL_FORMAT),
        )
        self._http = httpx.Client(
            transport=self._transport, trust_env=False, follow_redirects=False, headers={"User-Agent": USER_AGENT}
        )
        self._client = SyncClient(key="held by the transport")
        vars(self._client)["_client"] = self._http
        self._history = RequestHistory(access)

    def close(self) -> None:
        """Close the kept connections. The queue cannot be used afterwards."""
        self._http.close()
        self._history.close()

    def submit(self, order: JobOrder) -> AcceptedJob:
        """See the port. `start_timeout` makes FAL drop a job that did not start by the time Velro gives up on it.

        X-Fal-Store-IO stays at its default: without stored input `find` could not recognise a lost job, and results of
        10 KB would vanish after six minutes.
        """
        headers = {"X-Fal-Tags": _tags_of(order)}
        try:
            handle = self._client.submit(
                order.endpoint,
                dict(order.input),
                webhook_url=order.webhook_url,
                headers=headers,
                start_timeout=self._start_timeout,
            )
        except Answered as answer:
            raise refusal_from(answer) from None
        except KeyError as error:
            raise _unreadable_receipt() from error
        return self._receipt(order.endpoint, handle)

    def status(self, job: AcceptedJob) -> JobStatus:
        """See the port. Logs are the last lines, shortened."""
        try:
            status = self._handle(job).status(with_logs=True)
        except Answered as answer:
            raise question_problem_from(answer) from None
        except (KeyError, ValueError) as error:
            raise Unreachable("provider_error", "The provider gave no usable answer.") from error
        return _status_from(status)

    def result(self, job: AcceptedJob) -> JobResult:
        """See the port. The client's own `get` polls without end and drops the headers that state the cost."""
        try:
            answer = self._http.get(job.response_url)
        except Answered as refusal:
            raise result_problem_from(refusal) from None
        return JobResult(answer.json(), _billable_units(answer.headers.get("x-fal-billable-units", "")))

    def cancel(self, job: AcceptedJob) -> None:
        """See the port."""
        try:
            self._handle(job).cancel()
        except Answered as answer:
            if not is_already_over(answer):
                raise question_problem_from(answer) from None

    def locate(self, endpoint: str, *, request_id: str) -> AcceptedJob:
        """See the port. The addresses are the client's own: by owner and application only."""
        if not REQUEST_ID.fullmatch(request_id):
            raise JobGone("result_gone", "The provider has no such job.")
        handle = self._client.get_handle(endpoint, request_id)
        return AcceptedJob(request_id, handle.status_url, handle.response_url, handle.cancel_url)

    def find(self, order: JobOrder, *, since: datetime, claimed_among: Claims) -> AcceptedJob | None:
        """See the port."""
        request_id = self._history.find(order, since=since, claimed_among=claimed_among)
        return self.locate(order.endpoint, request_id=request_id) if request_id else None

    def _receipt(self, endpoint: str, handle: SyncRequestHandle) -> AcceptedJob:
        request_id = str(handle.request_id)
        if not REQUEST_ID.fullmatch(request_id):
            raise _unreadable_receipt()
        job = AcceptedJob(request_id, str(handle.status_url), str(handle.response_url), str(handle.cancel_url))
        if not all(map(self._is_reachable, (job.status_url, job.response_url, job.cancel_url))):
            # The job exists and must not be lost over addresses that we refuse to follow.
            log.warning("provider_named_foreign_addresses", request_id=request_id)
            return self.locate(endpoint, request_id=request_id)
        return job

    def _handle(self, job: AcceptedJob) -> SyncRequestHandle:
        return SyncRequestHandle(
            request_id=job.request_id,
            response_url=job.response_url,
            status_url=job.status_url,
            cancel_url=job.cancel_url,
            client=self._http,
        )

    def _is_reachable(self, url: str) -> bool:
        try:
            return self._transport.may_reach(httpx.URL(url))
        except httpx.InvalidURL:
            return False


def fal_queue() -> FalQueue:
    """The queue of this process and its settings: worker processes fork, and connections must not be shared."""
    key = (os.getpid(), configured_access())
    with _lock:
        if key not in _queues:
            _close_queues()
            _queues[key] = HttpFalQueue(key[1])
        return _queues[key]


def close_fal_queue() -> None:
    """Close the connections of this process. The next use of `fal_queue` opens new ones."""
    with _lock:
        _close_queues()


def _close_queues() -> None:
    while _queues:
        _, queue = _queues.popitem()
        queue.close()


def _tags_of(order: JobOrder) -> str:
    if not TAG.fullmatch(order.tag):
        raise ValueError("a tag has 1 to 256 letters, digits and ._:-")
    return f"{SUBMISSION_TAG}={order.tag}"


def _status_from(status: Status) -> JobStatus:
    if isinstance(status, Queued):
        return JobStatus(JobState.QUEUED, queue_position=_position_from(status.position))
    if isinstance(status, InProgress):
        return JobStatus(JobState.RUNNING, logs=_lines_of(status.logs))
    return JobStatus(JobState.FINISHED, logs=_lines_of(status.logs) if isinstance(status, Completed) else ())


def _position_from(position: Any) -> int | None:
    return position if isinstance(position, int) and 0 <= position <= MAX_POSITION else None


def _lines_of(logs: Any) -> tuple[str, ...]:
    lines = [entry.get("message") for entry in logs if isinstance(entry, dict)] if isinstance(logs, list) else []
    return tuple(line[:MAX_LOG_CHARACTERS] for line in lines if isinstance(line, str))[-MAX_LOGS:]


def _billable_units(text: str) -> Decimal | None:
    """The units, or None where the header is missing or makes no sense."""
    try:
        units = Decimal(text)
    except InvalidOperation:
        return None
    return units if units.is_finite() and 0 <= units <= MAX_BILLABLE_UNITS else None


def _unreadable_receipt() -> OutcomeUnknown:
    return OutcomeUnknown("provider_error", "The provider's confirmation of the job cannot be read.")
