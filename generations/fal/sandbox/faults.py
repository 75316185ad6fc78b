"""Faults on request: every way fal.ai, the network or a hostile stranger can let a caller down.

A fault is set for the next calls with `POST /sandbox/faults` and a body such as
`{"fault": "slow_submit", "match": {"endpoint": …, "prompt_contains": …, "request_id": …}, "times": 2, "seconds": 5}`,
or by hand with a directive inside a prompt: `a cat [fault:slow_submit seconds=2 times=1]`. The status suffix may be
left out (`[fault:content_policy]`). Without `times` an admin fault strikes once and a directive always, except
`back_to_queue`, which strikes each request once.

The kinds, grouped by the point at which they strike, are `FAULT_KINDS` below; `GET /sandbox` and `--help` print them.
Those that answer with an HTTP status take `at` = submit, run, status, result or cancel to strike elsewhere: `run`
makes the model itself fail, so the request completes with that error and the result replays it.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from generations.fal.sandbox.errors import (
    LOCKED_USER,
    RATE_LIMITED,
    UNKNOWN_KEY,
    Outcome,
    model_error,
    platform_error,
)

DIRECTIVE = re.compile(r"\[fault:([a-z_0-9]+)((?:\s+[a-z_]+=[^\s\]]+)*)\s*\]")
NGINX_PAGE = (
    "<html><head><title>{0}</title></head><body><center><h1>{0}</h1></center><hr><center>nginx</center></body></html>"
)


class Point(StrEnum):
    """Where in the life of a request a fault strikes."""

    SUBMIT = "submit"
    RUN = "run"
    STATUS = "status"
    RESULT = "result"
    CANCEL = "cancel"
    WEBHOOK = "webhook"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class FaultKind:
    """A fault by name. `outcome` is the answer it gives, where it is one; `parameters` are the defaults."""

    point: Point
    description: str
    outcome: Outcome | None = None
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subject:
    """What a fault can be matched against."""

    endpoint_id: str = ""
    prompt: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault that strikes now."""

    name: str
    kind: FaultKind
    parameters: dict[str, Any]

    @property
    def seconds(self) -> float:
        """How long, for the faults that take time."""
        return float(self.parameters.get("seconds", 0))


@dataclass(slots=True)
class FaultRule:
    """A fault set through the admin call; `times_left` None means always."""

    id: int
    name: str
    match: dict[str, str]
    times_left: int | None
    parameters: dict[str, Any]

    def matches(self, subject: Subject) -> bool:
        """Whether every given condition holds."""
        return (
            self.match.get("endpoint", subject.endpoint_id) == subject.endpoint_id
            and self.match.get("prompt_contains", "") in subject.prompt
            and self.match.get("request_id", subject.request_id) == subject.request_id
        )


FAULT_KINDS: dict[str, FaultKind] = {
    "unauthorized_401": FaultKind(Point.SUBMIT, "the key is unknown", UNKNOWN_KEY),
    "locked_403": FaultKind(Point.SUBMIT, "the balance is exhausted", LOCKED_USER),
    "rate_limited_429": FaultKind(Point.SUBMIT, "too many requests", RATE_LIMITED),
    "validation_422": FaultKind(
        Point.RUN, "the model refuses the input", model_error(422, "greater_than", "Input refused", ctx={"gt": 0})
    ),
    "content_policy_422": FaultKind(
        Point.RUN,
        "the prompt violates the content policy",
        model_error(422, "content_policy_violation", "The content could not be processed: it was flagged."),
    ),
    "server_error_500": FaultKind(
        Point.SUBMIT, "internal error", platform_error(500, "internal_error", "Internal server error")
    ),
    "bad_gateway_502": FaultKind(
        Point.SUBMIT, "a bare nginx page without a fal id", Outcome(502, NGINX_PAGE.format("502 Bad Gateway"))
    ),
    "unavailable_503": FaultKind(
        Point.SUBMIT, "no runner", platform_error(503, "runner_scheduling_failure", "No runner available")
    ),
    "gateway_timeout_504": FaultKind(
        Point.SUBMIT, "the platform timed out", platform_error(504, "request_timeout", "Request timed out")
    ),
    "drop_before_accept": FaultKind(Point.SUBMIT, "connection closed, nothing registered"),
    "drop_after_accept": FaultKind(Point.SUBMIT, "registered, connection closed without an answer"),
    "slow_submit": FaultKind(Point.SUBMIT, "waits `seconds`, then registers and answers", parameters={"seconds": 3}),
    "answer_lost_after_timeout": FaultKind(
        Point.SUBMIT, "registers at once, answers after `seconds`", parameters={"seconds": 130}
    ),
    "webhook_early": FaultKind(Point.SUBMIT, "runs and sends the webhook before the submit call is answered"),
    "never_complete": FaultKind(Point.RUN, "stays IN_PROGRESS for ever, without taking up a place"),
    "completed_with_error": FaultKind(
        Point.RUN,
        "COMPLETED with an error; the result replays a 500",
        model_error(500, "internal_server_error", "Internal server error"),
    ),
    "back_to_queue": FaultKind(Point.RUN, "IN_PROGRESS goes back to IN_QUEUE, then runs"),
    "partial_images": FaultKind(Point.RUN, "one image fewer than asked"),
    "nsfw": FaultKind(Point.RUN, "status 200, black images, has_nsfw_concepts true"),
    "result_gone_404": FaultKind(Point.RESULT, "the result has expired", Outcome(404, {"status": "NOT_FOUND"})),
    "cancel_ignored": FaultKind(Point.CANCEL, "cancellation is accepted but the request runs to its end"),
    "null_payload_webhook": FaultKind(Point.WEBHOOK, "payload null and payload_error"),
    "webhook_dropped": FaultKind(Point.WEBHOOK, "never sent"),
    "webhook_doubled": FaultKind(Point.WEBHOOK, "sent twice"),
    "webhook_forged": FaultKind(Point.WEBHOOK, "signed by a stranger's key"),
    "webhook_stale": FaultKind(Point.WEBHOOK, "signed with a timestamp `age` seconds old", parameters={"age": 3600}),
    "webhook_delayed": FaultKind(Point.WEBHOOK, "sent `seconds` late", parameters={"seconds": 5}),
    "webhook_reordered": FaultKind(
        Point.WEBHOOK, "held until another webhook went out, at most `seconds`", parameters={"seconds": 10}
    ),
    "file_gone_404": FaultKind(Point.FILE, "the file has expired", Outcome(404, {"detail": "Not Found"})),
    "file_truncated": FaultKind(Point.FILE, "Content-Length promises more than is sent"),
    "file_wrong_type": FaultKind(
        Point.FILE,
        "a page (`kind`=html) or a program (`kind`=executable) under the right type",
        parameters={"kind": "html"},
    ),
    "file_huge": FaultKind(Point.FILE, "claims and streams `bytes`", parameters={"bytes": 10_000_000_000}),
    "file_slow": FaultKind(Point.FILE, "trickles, spread over `seconds`", parameters={"seconds": 10}),
    "redirecting_file": FaultKind(
        Point.FILE, "302 to `location`", parameters={"location": "http://169.254.169.254/latest/meta-data/"}
    ),
}


class UnknownFault(ValueError):
    """No fault has that name."""


class FaultBook:
    """The faults in force, and how often each has struck."""

    def __init__(self) -> None:
        self._rules: list[FaultRule] = []
        self._directive_strikes: Counter[tuple[str, str]] = Counter()
        self._ids = itertools.count(1)

    @property
    def rules(self) -> list[FaultRule]:
        """The admin faults that have strikes left."""
        return list(self._rules)

    def add(self, name: str, *, match: dict[str, str], times: int | None, parameters: dict[str, Any]) -> FaultRule:
        """Set a fault. Raises UnknownFault."""
        rule = FaultRule(next(self._ids), resolve_name(name), match, times, parameters)
        self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Lift every fault and forget what directives have done."""
        self._rules.clear()
        self._directive_strikes.clear()

    def strike(self, point: Point, subject: Subject) -> Strike | None:
        """The fault that strikes `subject` at `point` now, if any; it is counted."""
        return self._strike_by_rule(point, subject) or self._strike_by_directive(point, subject)

    def _strike_by_rule(self, point: Point, subject: Subject) -> Strike | None:
        for rule in self._rules:
            if _point_of(rule.name, rule.parameters) is point and rule.matches(subject):
                if rule.times_left is not None:
                    rule.times_left -= 1
                    self._rules = [kept for kept in self._rules if kept.times_left != 0]
                return _make_strike(rule.name, rule.parameters)
        return None

    def _strike_by_directive(self, point: Point, subject: Subject) -> Strike | None:
        if "[fault:" not in subject.prompt:
            return None
        for found in DIRECTIVE.finditer(subject.prompt):
            parameters = dict(pair.split("=", 1) for pair in found[2].split())
            try:
                name = resolve_name(found[1])
            except UnknownFault:
                continue
            if _point_of(name, parameters) is point and self._count_directive(name, parameters, found[0], subject):
                return _make_strike(name, parameters)
        return None

    def _count_directive(self, name: str, parameters: dict[str, Any], directive: str, subject: Subject) -> bool:
        """Count one more strike, unless the directive has had its `times`."""
        times = int(parameters.get("times", 1 if name == "back_to_queue" else 0))
        key = (directive, subject.request_id or subject.prompt)
        if times and self._directive_strikes[key] >= times:
            return False
        self._directive_strikes[key] += 1
        return True


def resolve_name(name: str) -> str:
    """The full name of a fault given with or without its status suffix. Raises UnknownFault."""
    if name in FAULT_KINDS:
        return name
    for known in FAULT_KINDS:
        if re.fullmatch(rf"{re.escape(name)}_\d{{3}}", known):
            return known
    raise UnknownFault(f"no fault is called {name!r}")


def _point_of(name: str, parameters: dict[str, Any]) -> Point:
    kind = FAULT_KINDS[name]
    asked = parameters.get("at")
    return Point(asked) if kind.outcome is not None and asked in set(Point) else kind.point


def _make_strike(name: str, parameters: dict[str, Any]) -> Strike:
    kind = FAULT_KINDS[name]
    return Strike(name, kind, kind.parameters | parameters)
