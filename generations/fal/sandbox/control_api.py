"""What only a sandbox has: health, an index of itself, faults on request, a look inside, and a reset."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generations.fal.sandbox.endpoints.registry import ENDPOINTS
from generations.fal.sandbox.errors import FalRefusal, platform_error
from generations.fal.sandbox.faults import FAULT_KINDS, FaultBook, FaultRule, UnknownFault
from generations.fal.sandbox.platform_api import parse_tags
from generations.fal.sandbox.responses import AsciiResponse, read_object

if TYPE_CHECKING:
    from starlette.requests import Request

    from generations.fal.sandbox.queue import RequestQueue
    from generations.fal.sandbox.requests import QueuedRequest

RULE_KEYS = frozenset({"fault", "match", "times"})
MATCH_KEYS = frozenset({"endpoint", "prompt_contains", "request_id"})


class ControlApi:
    """Handlers below /sandbox, open to whoever can reach the port: the sandbox listens on loopback."""

    def __init__(self, *, queue: RequestQueue, faults: FaultBook) -> None:
        self._queue = queue
        self._faults = faults

    def routes(self) -> list[Route]:
        """No key is asked for here."""
        return [
            Route("/health", self.report_health, methods=["GET"]),
            Route("/sandbox", self.describe_sandbox, methods=["GET"]),
            Route("/sandbox/faults", self.add_fault, methods=["POST"]),
            Route("/sandbox/faults", self.list_faults, methods=["GET"]),
            Route("/sandbox/faults", self.clear_faults, methods=["DELETE"]),
            Route("/sandbox/requests", self.list_requests, methods=["GET"]),
            Route("/sandbox/reset", self.reset, methods=["POST"]),
        ]

    async def report_health(self, _request: Request) -> Response:
        """200 as soon as the port is open."""
        return JSONResponse({"status": "ok"})

    async def describe_sandbox(self, _request: Request) -> Response:
        """What there is to try."""
        return JSONResponse(
            {
                "what": "A stand-in for fal.ai: queue and storage at /, synchronous runs at /sync, platform at /v1.",
                "endpoints": sorted(ENDPOINTS),
                "faults": {name: f"{kind.point}: {kind.description}" for name, kind in FAULT_KINDS.items()},
                "directive": "put [fault:NAME key=value …] into a prompt",
                "control": ["/sandbox/faults", "/sandbox/requests", "/sandbox/reset", "/health"],
            }
        )

    async def add_fault(self, request: Request) -> Response:
        """Set a fault: `times` strikes (default 1, null for always), further keys are its parameters."""
        body = await read_object(request)
        match, times = body.get("match", {}), body.get("times", 1)
        if not isinstance(match, dict) or not match.keys() <= MATCH_KEYS:
            raise FalRefusal(platform_error(400, "bad_request", f"match takes {', '.join(sorted(MATCH_KEYS))}"))
        if times is not None and (not isinstance(times, int) or times < 1):
            raise FalRefusal(platform_error(400, "bad_request", "times must be a positive number or null"))
        parameters = {key: value for key, value in body.items() if key not in RULE_KEYS}
        try:
            rule = self._faults.add(str(body.get("fault")), match=match, times=times, parameters=parameters)
        except UnknownFault as error:
            raise FalRefusal(platform_error(400, "bad_request", str(error))) from error
        return JSONResponse(_describe_rule(rule), 201)

    async def list_faults(self, _request: Request) -> Response:
        """The faults that have strikes left."""
        return JSONResponse({"faults": [_describe_rule(rule) for rule in self._faults.rules]})

    async def clear_faults(self, _request: Request) -> Response:
        """Lift them all."""
        self._faults.clear()
        return Response(status_code=204)

    async def list_requests(self, request: Request) -> Response:
        """Everything registered; `tag` picks by a whole X-Fal-Tags header or by one key=value in it."""
        tag = request.query_params.get("tag")
        counts = Counter(queued.submission.tags for queued in self._queue)
        rows = [_describe_request(queued, counts) for queued in self._queue if tag is None or _has_tag(queued, tag)]
        return AsciiResponse({"requests": rows})

    async def reset(self, _request: Request) -> Response:
        """Back to an empty house; rendered files stay cached."""
        self._faults.clear()
        self._queue.reset()
        return Response(status_code=204)


def _has_tag(queued: QueuedRequest, tag: str) -> bool:
    header = queued.submission.tags
    return tag == header or tag in (item.strip() for item in header.split(","))


def _describe_rule(rule: FaultRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "fault": rule.name,
        "match": rule.match,
        "times_left": rule.times_left,
        "parameters": rule.parameters,
    }


def _describe_request(queued: QueuedRequest, counts: Counter[str]) -> dict[str, Any]:
    submission = queued.submission
    return {
        "request_id": queued.id,
        "endpoint_id": submission.endpoint_id,
        "input": submission.input,
        "tags": parse_tags(submission.tags),
        "tags_header": submission.tags,
        "registered_with_same_tags": counts[submission.tags] if submission.tags else 1,
        "webhook_url": submission.webhook_url,
        "is_webhook_settled": queued.is_webhook_settled,
        "status": queued.status,
        "attempts": queued.attempts,
        "error": queued.error,
        "error_type": queued.outcome.error_type if queued.outcome is not None else None,
        "created_at": queued.created_at,
    }
