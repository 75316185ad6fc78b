"""Submit calls as they come in: headers, query and body become a Submission."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generations.fal.sandbox.endpoints.registry import ENDPOINTS
from generations.fal.sandbox.errors import FalRefusal, path_not_found
from generations.fal.sandbox.requests import Submission
from generations.fal.sandbox.responses import read_object

if TYPE_CHECKING:
    from starlette.requests import Request

    from generations.fal.sandbox.access import AccessGuard

SHORTEST_START_TIMEOUT = 0.1


async def read_submission(request: Request, access: AccessGuard, *, endpoint_id: str) -> Submission:
    """Check the key and the endpoint, and read the rest. Raises FalRefusal."""
    access.check_key(request)
    if endpoint_id not in ENDPOINTS:
        raise FalRefusal(path_not_found(f"/{endpoint_id}"))
    headers = request.headers
    return Submission(
        endpoint_id=endpoint_id,
        input=await read_object(request),
        base_url=access.base_url(request),
        webhook_url=request.query_params.get("fal_webhook", ""),
        tags=headers.get("x-fal-tags", ""),
        is_low_priority=headers.get("x-fal-queue-priority", "") == "low",
        start_timeout=_read_seconds(headers.get("x-fal-request-start-timeout") or headers.get("x-fal-request-timeout")),
        stores_payload=headers.get("x-fal-store-io") != "0",
        lifecycle=headers.get("x-fal-object-lifecycle-preference", ""),
    )


def _read_seconds(value: str | None) -> float | None:
    try:
        seconds = float(value or "")
    except ValueError:
        return None
    return seconds if SHORTEST_START_TIMEOUT < seconds < float("inf") else None
