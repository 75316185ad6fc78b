"""How a request looks from outside while it waits, runs and after: the bodies of submit and status answers."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from generations.fal.sandbox.requests import QueuedRequest, Status, format_time

if TYPE_CHECKING:
    from generations.fal.sandbox.queue import RequestQueue


def describe_submission(request: QueuedRequest, queue: RequestQueue) -> dict[str, Any]:
    """The answer to a submit call."""
    body: dict[str, Any] = {"status": Status.IN_QUEUE, **_describe_links(request), "logs": None, "metrics": {}}
    return body | {"queue_position": queue.position_of(request)}


def describe_status(request: QueuedRequest, queue: RequestQueue, *, with_logs: bool) -> dict[str, Any]:
    """The answer to a status call; the key `logs` is always there."""
    body: dict[str, Any] = {"status": request.status, **_describe_links(request), "logs": None, "metrics": {}}
    if request.status is Status.IN_QUEUE:
        return body | {"queue_position": queue.position_of(request)}
    if with_logs:
        body["logs"] = list_logs(request)
    if request.status is Status.COMPLETED:
        body["metrics"] = {"inference_time": round(request.inference_time, 4)}
    if request.error is not None and request.outcome is not None:
        body |= {"error": request.error, "error_type": request.outcome.error_type}
    return body


def list_logs(request: QueuedRequest) -> list[dict[str, str]]:
    """The log so far: one line a step, computed from the time that has passed, so nobody has to write it."""
    if request.started_at is None:
        return []
    elapsed = (request.ended_at or time.time()) - request.started_at
    is_delivered = request.outcome is not None and request.outcome.is_success
    share = 1.0 if is_delivered or request.run_seconds == 0 else min(1.0, elapsed / request.run_seconds)
    return [
        {
            "message": f"step {step}/{request.step_count}",
            "timestamp": format_time(request.started_at + step * request.run_seconds / request.step_count),
            "level": "INFO",
            "source": "USER",
        }
        for step in range(1, int(share * request.step_count) + 1)
    ]


def _describe_links(request: QueuedRequest) -> dict[str, str]:
    return {
        "request_id": request.id,
        "response_url": request.url,
        "status_url": f"{request.url}/status",
        "cancel_url": f"{request.url}/cancel",
    }
