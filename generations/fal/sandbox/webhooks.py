"""Webhook delivery: signed, retried with growing waits, never following redirects; it can be told to misbehave."""

from __future__ import annotations

import asyncio
import json
import logging
import time
import uuid
from typing import TYPE_CHECKING, Any

import httpx

from generations.fal.sandbox.faults import FaultBook, Point, Strike, Subject
from generations.fal.sandbox.signing import WebhookSigner, make_stranger

if TYPE_CHECKING:
    from generations.fal.sandbox.requests import QueuedRequest
    from generations.fal.sandbox.settings import SandboxSettings
    from generations.fal.sandbox.store import SandboxStore

PAYLOAD_ERROR = (
    "Response payload is not JSON serializable. "
    "Either return a JSON serializable object or use the queue endpoint to retrieve the response."
)
LONGEST_WAIT = 60.0

logger = logging.getLogger(__name__)


class WebhookSender:
    """Tells callers about completed requests."""

    def __init__(
        self, *, settings: SandboxSettings, store: SandboxStore, faults: FaultBook, signer: WebhookSigner
    ) -> None:
        self._settings = settings
        self._store = store
        self._faults = faults
        self._signer = signer
        self._stranger = make_stranger()
        self._client = httpx.AsyncClient(timeout=settings.webhook_timeout, follow_redirects=False, trust_env=False)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._delivered = asyncio.Event()

    def schedule(self, request: QueuedRequest) -> None:
        """Deliver the webhook of a completed request in the background, if it has one."""
        if request.submission.webhook_url and not request.is_webhook_settled:
            task = asyncio.create_task(self._deliver_or_misbehave(request))
            self._tasks[request.id] = task
            task.add_done_callback(lambda _: self._tasks.pop(request.id, None))

    async def wait_for(self, request: QueuedRequest) -> None:
        """Return once the webhook of `request` was taken or given up."""
        task = self._tasks.get(request.id)
        if task is not None:
            await asyncio.wait([task])

    async def stop(self) -> None:
        """Abandon what is under way; it is taken up again at the next start."""
        self.abandon()
        await self._client.aclose()

    def abandon(self) -> None:
        """Cancel every delivery."""
        for task in list(self._tasks.values()):
            task.cancel()

    async def _deliver_or_misbehave(self, request: QueuedRequest) -> None:
        subject = Subject(request.submission.endpoint_id, request.prompt, request.id)
        strike = self._faults.strike(Point.WEBHOOK, subject)
        fault = strike.name if strike is not None else ""
        if fault != "webhook_dropped":
            await self._hold_back(strike)
            for _ in range(2 if fault == "webhook_doubled" else 1):
                await self._deliver(request, strike)
        request.is_webhook_settled = True
        self._store.save_request(request)

    async def _hold_back(self, strike: Strike | None) -> None:
        if strike is None:
            return
        if strike.name == "webhook_delayed":
            await asyncio.sleep(strike.seconds)
        elif strike.name == "webhook_reordered":
            # Whoever holds back never counts as the delivery another one waits for: that wakes it only at the limit.
            waiter = asyncio.create_task(self._delivered.wait())
            await asyncio.wait([waiter], timeout=strike.seconds)
            waiter.cancel()

    async def _deliver(self, request: QueuedRequest, strike: Strike | None) -> None:
        body = json.dumps(describe_completion(request, fault=strike.name if strike else "")).encode()
        wait = self._settings.webhook_backoff
        for attempt in range(self._settings.webhook_attempts):
            if attempt:
                await asyncio.sleep(wait)
                wait = min(wait * 2, LONGEST_WAIT)
            if await self._attempt(request, body, strike):
                self._announce_delivery()
                return
        logger.warning("gave up the webhook of %s", request.id)

    async def _attempt(self, request: QueuedRequest, body: bytes, strike: Strike | None) -> bool:
        """Send once. True when there is nothing left to try: taken, or refused for good by a redirect."""
        signer = self._stranger if strike is not None and strike.name == "webhook_forged" else self._signer
        age = int(strike.parameters["age"]) if strike is not None and strike.name == "webhook_stale" else 0
        headers = signer.sign(body, request_id=request.id, timestamp=int(time.time()) - age)
        headers["Content-Type"] = "application/json"
        try:
            answer = await self._client.post(request.submission.webhook_url, content=body, headers=headers)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            logger.info("webhook of %s failed: %r", request.id, error)
            return False
        return answer.is_success or answer.is_redirect

    def _announce_delivery(self) -> None:
        delivered, self._delivered = self._delivered, asyncio.Event()
        delivered.set()


def describe_completion(request: QueuedRequest, *, fault: str = "") -> dict[str, Any]:
    """The webhook body of a completed request."""
    body: dict[str, Any] = {"request_id": request.id, "gateway_request_id": request.id}
    if request.attempts > 1:
        body["gateway_request_id"] = str(uuid.uuid5(uuid.UUID(request.id), str(request.attempts)))
    body["status"] = "OK" if request.error is None else "ERROR"
    if request.error is not None:
        body["error"] = request.error
    if fault == "null_payload_webhook":
        return body | {"payload": None, "payload_error": PAYLOAD_ERROR}
    return body | {"payload": request.outcome.body if request.outcome is not None else None}
