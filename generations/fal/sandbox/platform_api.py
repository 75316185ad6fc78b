"""api.fal.ai/v1 and rest.fal.ai: catalogue, prices, past requests, token and key set."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from generations.fal.sandbox.endpoints.registry import ENDPOINTS
from generations.fal.sandbox.errors import FalRefusal, new_id, platform_error
from generations.fal.sandbox.requests import QueuedRequest, format_time
from generations.fal.sandbox.responses import AsciiResponse

if TYPE_CHECKING:
    from starlette.requests import Request

    from generations.fal.sandbox.access import AccessGuard
    from generations.fal.sandbox.endpoints.model import Endpoint
    from generations.fal.sandbox.queue import RequestQueue
    from generations.fal.sandbox.signing import WebhookSigner

LARGEST_PAGE = 100
SERVER_ERROR = 500
CATALOGUE_DATE = "2026-08-01T00:00:00Z"


class PlatformApi:
    """Handlers of the platform host. Its errors have the string form."""

    def __init__(self, *, access: AccessGuard, queue: RequestQueue, signer: WebhookSigner) -> None:
        self._access = access
        self._queue = queue
        self._signer = signer

    def routes(self) -> list[Route]:
        """All read-only, except for the token of the realtime API."""
        return [
            Route("/v1/models", self.list_models, methods=["GET"]),
            Route("/v1/models/pricing", self.list_prices, methods=["GET"]),
            Route("/v1/models/requests/by-endpoint", self.list_requests, methods=["GET"]),
            Route("/v1/meta", self.describe_platform, methods=["GET"]),
            Route("/tokens/", self.issue_token, methods=["POST"]),
            Route("/.well-known/jwks.json", self.list_keys, methods=["GET"]),
        ]

    async def list_models(self, request: Request) -> Response:
        """The catalogue, filtered by id, category or words; with input schemas on demand."""
        self._access.check_key(request)
        query = request.query_params
        is_expanded = "openapi-3.0" in query.getlist("expand")
        models = [
            _describe_model(endpoint, is_expanded=is_expanded)
            for endpoint in _select_endpoints(query.getlist("endpoint_id"))
            if query.get("category") in {None, endpoint.category}
            and query.get("q", "").lower() in f"{endpoint.id} {endpoint.name}".lower()
        ]
        return JSONResponse(_paginate(models, request, key="models"))

    async def list_prices(self, request: Request) -> Response:
        """Unit prices in US dollars."""
        self._access.check_key(request)
        return JSONResponse(
            {
                "prices": [
                    {
                        "endpoint_id": endpoint.id,
                        "unit_price": float(endpoint.unit_price),
                        "unit": endpoint.unit,
                        "currency": "USD",
                    }
                    for endpoint in _select_endpoints(request.query_params.getlist("endpoint_id"))
                ]
            }
        )

    async def list_requests(self, request: Request) -> Response:
        """Registered requests of one endpoint, newest first, finished or not."""
        self._access.check_key(request)
        query = request.query_params
        wanted = set(query.getlist("endpoint_id"))
        if not wanted:
            raise FalRefusal(platform_error(400, "bad_request", "endpoint_id is required"))
        start, end = _read_time(query.get("start"), default=0.0), _read_time(query.get("end"), default=float("inf"))
        with_payloads = "payloads" in query.getlist("expand")
        items = [
            describe_item(queued, with_payloads=with_payloads)
            for queued in reversed(list(self._queue))
            if queued.submission.endpoint_id in wanted
            and start <= queued.created_at <= end
            and query.get("status") in {None, _kind_of(queued)}
        ]
        return AsciiResponse(_paginate(items, request, key="items"))

    async def describe_platform(self, request: Request) -> Response:
        """The addresses webhooks come from."""
        self._access.check_key(request)
        return JSONResponse({"webhook_ip_ranges": ["127.0.0.1/32", "::1/128"]})

    async def issue_token(self, request: Request) -> Response:
        """A token for the realtime API: a bare JSON string."""
        self._access.check_key(request)
        return JSONResponse(hashlib.sha256(new_id().encode()).hexdigest())

    async def list_keys(self, _request: Request) -> Response:
        """The public keys of webhook signatures."""
        return JSONResponse(self._signer.describe_keys(), headers={"Cache-Control": "public, max-age=86400"})


def describe_item(queued: QueuedRequest, *, with_payloads: bool) -> dict[str, Any]:
    """One past or present request, as the platform lists it."""
    outcome = queued.outcome
    item: dict[str, Any] = {
        "request_id": queued.id,
        "endpoint_id": queued.submission.endpoint_id,
        "sent_at": format_time(queued.created_at),
        "started_at": format_time(queued.started_at) if queued.started_at is not None else None,
        "ended_at": format_time(queued.ended_at) if queued.ended_at is not None else None,
        "status_code": outcome.status if outcome is not None else None,
        "duration": queued.inference_time if queued.ended_at is not None else None,
        "tags": parse_tags(queued.submission.tags),
    }
    if with_payloads and queued.submission.stores_payload:
        item |= {"json_input": queued.submission.input, "json_output": outcome.body if outcome is not None else None}
    return item


def parse_tags(header: str) -> dict[str, str]:
    """The pairs of an X-Fal-Tags header; what is no pair is left out."""
    pairs = (item.strip().partition("=") for item in header.split(","))
    return {key: value for key, separator, value in pairs if separator}


def _kind_of(queued: QueuedRequest) -> str:
    if queued.outcome is None:
        return "in_progress"
    if queued.outcome.is_success:
        return "success"
    return "error" if queued.outcome.status >= SERVER_ERROR else "user_error"


def _select_endpoints(ids: list[str]) -> list[Endpoint]:
    return [endpoint for endpoint in ENDPOINTS.values() if not ids or endpoint.id in ids]


def _describe_model(endpoint: Endpoint, *, is_expanded: bool) -> dict[str, Any]:
    body: dict[str, Any] = {
        "endpoint_id": endpoint.id,
        "metadata": {
            "display_name": endpoint.name,
            "category": endpoint.category,
            "description": f"{endpoint.name}, rendered by the sandbox.",
            "status": "active",
            "tags": [],
            "updated_at": CATALOGUE_DATE,
            "model_url": f"https://fal.run/{endpoint.id}",
            "license_type": "commercial",
        },
    }
    if is_expanded:
        schema = endpoint.input_type.model_json_schema(ref_template="#/components/schemas/{model}")
        definitions = schema.pop("$defs", {})
        body["openapi"] = {
            "openapi": "3.0.4",
            "info": {"title": endpoint.name, "version": "1.0.0"},
            "paths": {},
            "components": {"schemas": {"Input": schema, **definitions}},
        }
    return body


def _paginate(rows: list[dict[str, Any]], request: Request, *, key: str) -> dict[str, Any]:
    """One page; the cursor is the offset of the next one."""
    query = request.query_params
    try:
        limit = min(max(int(query.get("limit", 50)), 1), LARGEST_PAGE)
        offset = max(int(query.get("cursor") or 0), 0)
    except ValueError as error:
        raise FalRefusal(platform_error(400, "bad_request", "limit and cursor must be numbers")) from error
    has_more = offset + limit < len(rows)
    next_cursor = str(offset + limit) if has_more else None
    return {key: rows[offset : offset + limit], "next_cursor": next_cursor, "has_more": has_more}


def _read_time(value: str | None, *, default: float) -> float:
    """Seconds since the epoch from ISO 8601; without a zone it is UTC. Raises FalRefusal."""
    if not value:
        return default
    try:
        moment = datetime.fromisoformat(value)
    except ValueError as error:
        raise FalRefusal(platform_error(400, "bad_request", "start and end must be ISO 8601")) from error
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
