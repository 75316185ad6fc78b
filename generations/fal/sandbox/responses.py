"""Outcomes as HTTP answers, and the few things every handler reads from a call."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, JSONResponse, Response

from generations.fal.sandbox.errors import BAD_REQUEST_BODY, FalRefusal, Outcome

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

ANONYMOUS = "generations.fal.sandbox.is_anonymous"


class NginxResponse(HTMLResponse):
    """An answer from in front of fal.ai: without its request id."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell the gateway not to sign the answer with an id."""
        scope[ANONYMOUS] = True
        await super().__call__(scope, receive, send)


def to_response(outcome: Outcome, *, request_id: str = "") -> Response:
    """The outcome as it goes over the wire; text bodies are nginx pages."""
    if isinstance(outcome.body, str):
        return NginxResponse(outcome.body, outcome.status, {"Server": "nginx"})
    headers = dict(outcome.headers)
    if request_id:
        headers["x-fal-request-id"] = request_id
    return AsciiResponse(outcome.body, outcome.status, headers)


class AsciiResponse(JSONResponse):
    """JSON with every other character escaped: prompts may hold halves of characters that UTF-8 cannot spell."""

    def render(self, content: Any) -> bytes:
        """Compact, as the live service writes it."""
        return json.dumps(content, separators=(",", ":")).encode()


async def answer_refusal(_request: Request, refusal: Exception) -> Response:
    """Starlette's handler for FalRefusal."""
    if not isinstance(refusal, FalRefusal):
        raise refusal
    return to_response(refusal.outcome)


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object in the body; an empty body counts as an empty object. Raises FalRefusal."""
    raw = await request.body()
    try:
        body = json.loads(raw or b"{}")
    except (ValueError, RecursionError) as error:
        raise FalRefusal(BAD_REQUEST_BODY) from error
    if not isinstance(body, dict):
        raise FalRefusal(BAD_REQUEST_BODY)
    return body


def is_truthy(value: str | None) -> bool:
    """Python's client says true and false, the JavaScript one 1 and 0."""
    return value is not None and value.lower() in {"1", "true", "yes"}
