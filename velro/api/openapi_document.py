"""What the OpenAPI document says once for all operations: how to sign in, request ids, and the usual problems."""

from typing import Any, Final

from velro.api.problems import PROBLEM_MEDIA_TYPE

METHODS: Final = ("get", "post", "put", "patch", "delete")
PROBLEM: Final = {"content": {PROBLEM_MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
REQUEST_ID: Final = {
    "in": "header",
    "name": "X-Request-ID",
    "schema": {"type": "string"},
    "description": "An id of your own, 1 to 128 of `A-Z a-z 0-9 . _ -`; anything else is replaced.",
}
ANSWERED_HEADERS: Final = {
    "RequestId": {
        "schema": {"type": "string", "pattern": r"^[A-Za-z0-9._-]{1,128}$"},
        "required": True,
        "description": "The id under which our logs know the request.",
    },
    "RateLimitPolicy": {
        "schema": {"type": "string", "examples": ['"address";q=1000;w=3600, "sign_in";q=30;w=300']},
        "description": "The limits that hold here: `q` requests within any `w` seconds.",
    },
    "RateLimit": {
        "schema": {"type": "string", "examples": ['"address";r=871;t=1204, "sign_in";r=28;t=299']},
        "description": "What is left: `r` requests; `t` seconds until the period ends or, with none left, the next.",
    },
    "RetryAfter": {
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
        "required": True,
        "description": "Seconds to wait.",
    },
    "Challenge": {"schema": {"type": "string"}, "required": True, "description": "`Bearer`, with the reason."},
}
DESCRIPTIONS: Final = {
    "400": "The request cannot be read, or has values that cannot be accepted: `errors` names each of them.",
    "401": "Nobody is signed in, or the token is not good any more: `code` says which.",
    "404": "Nothing is here for this caller; absent and forbidden look alike.",
    "409": "The first request with this idempotency key is still running.",
    "412": "The resource changed since you read it.",
    "413": "The body is too large.",
    "415": "The body is not `application/json`.",
    "422": "The idempotency key was used with another body.",
    "429": "The caller came too often, by one of the limits in `RateLimit-Policy`.",
    "default": "Any other problem; `docs/errors.md` lists the codes.",
}
NAMES: Final = {
    "400": "BadRequest",
    "401": "Unauthenticated",
    "404": "NotFound",
    "409": "StillRunning",
    "412": "PreconditionFailed",
    "413": "TooLarge",
    "415": "UnsupportedMediaType",
    "422": "KeyReused",
    "429": "TooManyRequests",
    "default": "AnyProblem",
}


LIMITS: Final = {
    "RateLimit-Policy": {"$ref": "#/components/headers/RateLimitPolicy"},
    "RateLimit": {"$ref": "#/components/headers/RateLimit"},
}
# Set by `velro.api.schema` on what is not limited, or has no 415, and taken out again here.
PROBE_MARK: Final = "x-probe"
PLAIN_REFUSAL_MARK: Final = "x-plain-refusal-of-media-types"


def describe_whole(result: dict[str, Any], **_: object) -> dict[str, Any]:
    """A postprocessing hook of drf-spectacular. The engine that reads the bearer token lives above this package."""
    components = result.setdefault("components", {})
    components["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    components["parameters"] = {"RequestId": REQUEST_ID}
    components["headers"] = ANSWERED_HEADERS
    components["responses"] = {name: _problem(status) for status, name in NAMES.items()}
    for path_item in result["paths"].values():
        for method in METHODS:
            if method in path_item:
                _complete(path_item[method])
    return result


def _complete(operation: dict[str, Any]) -> None:
    limits = {} if operation.pop(PROBE_MARK, False) else LIMITS
    for response in operation["responses"].values():
        response.setdefault("headers", {}).update(
            {"X-Request-ID": {"$ref": "#/components/headers/RequestId"}, **limits}
        )
        response["description"] = response["description"] or "Success."
    statuses = [*_problems_of(operation), *(["429"] if limits else [])]
    problems = {status: {"$ref": f"#/components/responses/{NAMES[status]}"} for status in statuses}
    operation["responses"] = dict(sorted({**operation["responses"], **problems}.items()))
    operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/RequestId"})


def _problems_of(operation: dict[str, Any]) -> list[str]:
    """What can go wrong follows from what the operation takes."""
    takes = {(parameter["in"], parameter["name"]) for parameter in operation.get("parameters", ())}
    reasons = {
        "401": "security" in operation,
        "404": any(place == "path" for place, _ in takes),
        "409": ("header", "Idempotency-Key") in takes,
        "412": ("header", "If-Match") in takes,
        "413": "requestBody" in operation,
        "415": "requestBody" in operation and not operation.pop(PLAIN_REFUSAL_MARK, False),
        "422": ("header", "Idempotency-Key") in takes,
    }
    return ["400", *(status for status, applies in reasons.items() if applies), "default"]


def _problem(status: str) -> dict[str, Any]:
    headers = {"X-Request-ID": {"$ref": "#/components/headers/RequestId"}, **LIMITS}
    if status == "429":
        headers["Retry-After"] = {"$ref": "#/components/headers/RetryAfter"}
    if status == "401":
        headers["WWW-Authenticate"] = {"$ref": "#/components/headers/Challenge"}
    return {"description": DESCRIPTIONS[status], "headers": headers, **PROBLEM}
