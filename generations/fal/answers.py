"""What FAL's refusals mean for a job. FAL has four shapes of error body; all end in one of our stable codes.

The model's list `{"detail": [{loc, msg, type}]}`, the platform's `{"detail": text, "error_type": type}`, accounts' and
billing's `{"detail": text}`, and the gateway's `{"error": …, "message": …}` or plain HTML. Only types are relied on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from generations.fal.errors import FalProblem, JobFailed, JobGone, OutcomeUnknown, Refused, Unreachable
from generations.fal.transport import Answered, read_object

MESSAGES: Final[Mapping[str, str]] = {
    "cancelled": "The job was cancelled.",
    "content_policy_violation": "The model refused this content under its safety policy.",
    "generation_timeout": "The job did not start or finish in time.",
    "invalid_input": "The model did not accept the input.",
    "model_unavailable": "The provider does not offer this model at the moment.",
    "no_media_generated": "The model produced no output for this input.",
    "provider_balance": "The provider's account has no credit left. The operator has to top it up.",
    "provider_credentials": "The provider did not accept the operator's key.",
    "provider_error": "The provider failed while it worked on the job.",
    "provider_rate_limited": "The provider takes no more jobs at the moment.",
    "provider_unavailable": "The provider is not available at the moment.",
    "result_gone": "The provider no longer has this job.",
    "still_running": "The job is not finished yet.",
}
CODES_BY_TYPE: Final[Mapping[str, str]] = {
    "bad_request": "invalid_input",
    "client_cancelled": "cancelled",
    "client_disconnected": "cancelled",
    "concurrent_requests_limit": "provider_rate_limited",
    "content_policy_violation": "content_policy_violation",
    "downstream_service_error": "provider_error",
    "downstream_service_unavailable": "provider_unavailable",
    "generation_timeout": "generation_timeout",
    "internal_error": "provider_error",
    "internal_server_error": "provider_error",
    "no_media_generated": "no_media_generated",
    "request_timeout": "generation_timeout",
    "startup_timeout": "generation_timeout",
}
CODES_BY_STATUS: Final[Mapping[int, str]] = {
    400: "invalid_input",
    401: "provider_credentials",
    403: "provider_credentials",
    404: "model_unavailable",
    405: "model_unavailable",
    413: "invalid_input",
    422: "invalid_input",
    429: "provider_rate_limited",
    499: "cancelled",
    503: "provider_unavailable",
    504: "generation_timeout",
}
VERDICT_STATUSES: Final = frozenset({400, 413, 422, 499})
MAX_FOREIGN_TEXT = 200


@dataclass(frozen=True, slots=True)
class Reason:
    """`error_type` is FAL's own key, or empty where FAL gave none."""

    code: str
    message: str
    error_type: str = ""


def refusal_from(answer: Answered) -> FalProblem:
    """What a submit that was not answered with success came to.

    A 5xx proves that the job was not taken only if FAL itself (not a gateway before it) says that it is unavailable.
    """
    reason = reason_of(answer)
    is_from_fal = "x-fal-request-id" in answer.headers
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE and is_from_fal:
        return Refused(reason.code, reason.message, is_retryable=True)
    is_clear_refusal = HTTPStatus.BAD_REQUEST <= answer.status < HTTPStatus.INTERNAL_SERVER_ERROR
    if not is_clear_refusal or answer.status == HTTPStatus.REQUEST_TIMEOUT:
        return OutcomeUnknown("provider_unavailable", "The provider did not confirm that it received the job.")
    is_retryable = answer.status in {HTTPStatus.CONFLICT, HTTPStatus.TOO_MANY_REQUESTS}
    return Refused(reason.code, reason.message, is_retryable=is_retryable)


def result_problem_from(answer: Answered) -> FalProblem:
    """What a result call not answered with success means: FAL replays the model's own status and body there."""
    reason = reason_of(answer)
    if reason.code == "still_running":
        return Unreachable(reason.code, reason.message)
    if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE} and not reason.error_type:
        return JobGone("result_gone", MESSAGES["result_gone"])
    if _is_verdict(answer, reason):
        return JobFailed(reason.code, reason.message)
    return Unreachable(reason.code, reason.message)


def question_problem_from(answer: Answered) -> FalProblem:
    """What a status or cancel call not answered with success means."""
    if answer.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        return JobGone("result_gone", MESSAGES["result_gone"])
    reason = reason_of(answer)
    return Unreachable(reason.code, reason.message)


def reason_of(answer: Answered) -> Reason:
    """The stable code and a message that is safe to show."""
    body = read_object(answer.body) or {}
    detail = body.get("detail")
    if detail == "Request is still in progress":
        return Reason("still_running", MESSAGES["still_running"])
    first = detail[0] if isinstance(detail, list) and detail and isinstance(detail[0], dict) else {}
    named = first.get("type") or body.get("error_type") or answer.headers.get("x-fal-error-type") or ""
    error_type = named if isinstance(named, str) else ""
    code = _code_of(answer.status, error_type, detail)
    message = MESSAGES[code]
    if code == "invalid_input" and first:
        message = f"{message} {_foreign_text(first)}".rstrip()
    return Reason(code, message, error_type)


def is_already_over(answer: Answered) -> bool:
    """Whether a cancel call was refused because the job had ended."""
    return (read_object(answer.body) or {}).get("status") == "ALREADY_COMPLETED"


def _code_of(status: int, error_type: str, detail: object) -> str:
    if code := CODES_BY_TYPE.get(error_type):
        return code
    if error_type.startswith("runner_"):
        return "provider_unavailable"
    if status == HTTPStatus.FORBIDDEN and isinstance(detail, str) and ("balance" in detail or "locked" in detail):
        return "provider_balance"
    return CODES_BY_STATUS.get(status, "provider_error")


def _is_verdict(answer: Answered, reason: Reason) -> bool:
    """Whether the answer is the job's own end, not trouble on the way to it (our key, our rate, a gateway)."""
    if answer.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}:
        return reason.code in {"content_policy_violation", "no_media_generated"}
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return bool(reason.error_type) or "x-fal-request-id" in answer.headers
    return bool(reason.error_type) or answer.status in VERDICT_STATUSES


def _foreign_text(item: Mapping[str, Any]) -> str:
    """FAL's own words about one field, bounded, on one line and without addresses."""
    location = item.get("loc")
    field = str(location[-1])[:MAX_FOREIGN_TEXT] if isinstance(location, list) and location else ""
    words = re.sub(r"\w+://\S+", "…", f"{field}: {item.get('msg', '')}"[: 4 * MAX_FOREIGN_TEXT])
    printable = "".join(character if character.isprintable() else " " for character in words)
    return " ".join(printable.split())[:MAX_FOREIGN_TEXT].strip(": ")
