"""The shapes of refusal fal.ai uses (model, platform, account, gateway and queue errors), each built in one place."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MODEL_ERROR_URL = "https://docs.fal.ai/errors/#{}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An HTTP answer as a model or the platform gives it; the queue keeps and replays it unchanged."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_success(self) -> bool:
        """Whether the model delivered."""
        return self.status < 400  # noqa: PLR2004 - where HTTP begins to count errors

    @property
    def error_type(self) -> str | None:
        """The machine key of the error, whichever shape it has."""
        if self.is_success or not isinstance(self.body, dict):
            return None
        detail = self.body.get("detail")
        if isinstance(detail, list) and detail:
            return str(detail[0]["type"])
        return self.body.get("error_type")


class FalRefusal(Exception):
    """Ends the handling of a call with `outcome` as its answer."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(f"{outcome.status} {outcome.body}")
        self.outcome = outcome


def model_error(status: int, error_type: str, message: str, **details: Any) -> Outcome:
    """One error in the list form, about the field `details["field"]` (default: the prompt) with optional `ctx`."""
    item: dict[str, Any] = {
        "loc": ["body", details.get("field", "prompt")],
        "msg": message,
        "type": error_type,
        "url": MODEL_ERROR_URL.format(error_type),
    }
    item |= {key: details[key] for key in ("ctx", "input") if key in details}
    return model_errors(status, [item])


def model_errors(status: int, items: list[dict[str, Any]]) -> Outcome:
    """Several errors in the list form. Only server-side failures invite a retry."""
    is_retryable = status >= 500  # noqa: PLR2004 - where HTTP begins to blame the server
    error_type = str(items[0]["type"])
    headers = {"X-Fal-Retryable": str(is_retryable).lower(), "X-Fal-Error-Type": error_type}
    return Outcome(status, {"detail": items}, headers)


def platform_error(status: int, error_type: str, detail: str, **headers: str) -> Outcome:
    """The string form; header names are given with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Outcome(status, {"detail": detail, "error_type": error_type}, {"X-Fal-Error-Type": error_type} | named)


def account_error(status: int, detail: str) -> Outcome:
    """Authentication and billing refusals carry a sentence and no type."""
    return Outcome(status, {"detail": detail})


UNKNOWN_KEY = account_error(401, "No user found for Key ID and Secret")
MALFORMED_KEY = account_error(401, "Invalid Key Authorization header format. Expected '<key_id>:<key_secret>'.")
LOCKED_USER = account_error(
    403, "User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing."
)
RATE_LIMITED = Outcome(
    429,
    {"detail": "Too many requests", "error_type": "concurrent_requests_limit"},
    {"X-Fal-Error-Type": "concurrent_requests_limit", "X-Fal-needs-retry": "1"},
)
REQUEST_NOT_FOUND = Outcome(404, {"status": "NOT_FOUND"})
STILL_IN_PROGRESS = Outcome(400, {"detail": "Request is still in progress"})
CLIENT_CANCELLED = platform_error(499, "client_cancelled", "Request was cancelled by the client")
START_TIMEOUT = platform_error(
    504, "startup_timeout", "Request did not start in time", X_Fal_Request_Timeout_Type="user"
)
BAD_REQUEST_BODY = platform_error(400, "bad_request", "The body must be a JSON object")


def path_not_found(path: str) -> Outcome:
    """What the gateway says about a path no application answers."""
    return Outcome(404, {"error": "Error", "message": f"Path {path} not found"})


def new_id() -> str:
    """A random opaque id for answers that belong to no queued request."""
    return str(uuid.uuid4())
