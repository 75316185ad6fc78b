"""The fast door: questions are answered ahead of Django, by the same layers and in the same words.

Django lets each client in first, through layers 1 to 3; while memory holds the very same person and session, they come
in here. The engine decides here as there (layers 4 to 8). What it said from memory is said again while memory holds the
very same facts. What is no part of that is done each time: the request is counted (layer 1), its address is looked for
among the blocked ones (layer 2), a record is written (layer 8). The headers of layers 9 and 10 are those that Django
gave before. Whatever is missing or goes wrong, Django is asked, so this door by itself refuses nobody.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from cachebox import LRUCache
from django.db import close_old_connections

from authorization import engine
from authorization.facts import LayerTiming, Question
from authorization.fast_door.answers import Answer, Entrance, Headers, answer_of, entrance_of, lasting
from authorization.fast_door.shown import Client, Shown, shown_in
from authorization.layer_times import observe_layer
from authorization.ports import DecisionRoute
from velro.audit.journal import TrailUnavailable
from velro.audit.services import record_again
from velro.blocking.block_list import block_list
from velro.observability.context import accept_request_id, work_context
from velro.rate_limits.limiter import limiter
from velro.rate_limits.standing import rate_limit_headers

log = structlog.get_logger(__name__)

ENDING: Final = "/authorize"
OK: Final = "200 OK"
MOST_CLIENTS: Final = 10_000
MOST_ANSWERS: Final = 10_000
BUDGET_MS: Final = 5.0
Said = tuple[list[tuple[str, str]], bytes]


class Caller(NamedTuple):
    """Who asks, by which request, and since when by the performance counter."""

    entrance: Entrance
    request_id: str
    started: float


class FastDoor:
    """Wraps the application that is asked for all that cannot be answered here.

    `decided` counts what the engine was asked here, `replayed` what was only said again.
    """

    def __init__(self, application: WSGIApplication, *, routes: Sequence[DecisionRoute]) -> None:
        self.decided = self.replayed = 0
        self._application = application
        self._routes = routes
        self._headers: dict[DecisionRoute, Headers] = {}
        self._entrances: LRUCache[Client, Entrance] = LRUCache(MOST_CLIENTS)
        self._answers: LRUCache[tuple[int, str, bytes], Answer] = LRUCache(MOST_ANSWERS)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        started = time.perf_counter()
        is_question = environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].endswith(ENDING)
        shown = shown_in(environ) if is_question else None
        if shown is None:
            return self._application(environ, start_response)
        entrance: Entrance | None = self._entrances.get(shown.client)
        if entrance is None or not entrance.is_current():
            return self._watch(shown, environ, start_response)
        said = None
        if not (block_list.is_old() or block_list.has(entrance.address, may_read=False)):
            caller = Caller(entrance, accept_request_id(environ.get("HTTP_X_REQUEST_ID")), started)
            said = self._answer(caller, shown)
        if said is None:
            return self._application(environ, start_response)
        headers, body = said
        start_response(OK, headers)
        return (body,)

    def _watch(self, shown: Shown, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """See whom Django lets in."""
        begun: list[tuple[str, Headers]] = []

        def begin(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            begun.append((status, headers))
            return start_response(status, headers, *exc_info)

        pieces = self._application(environ, begin)
        status, headers = begun[-1]
        entrance = entrance_of(shown.client) if status == OK else None
        route = next((it for it in self._routes if it.question_at(shown.path, shown.body)), None)
        if entrance and route:
            self._headers[route] = lasting(headers)
            self._entrances[shown.client] = entrance
        return pieces

    def _answer(self, caller: Caller, shown: Shown) -> Said | None:
        """What is to be said. None for what Django has to be asked."""
        key = (caller.entrance.principal.user_id.int, shown.path, shown.body)
        answer: Answer | None = self._answers.get(key)
        if answer is not None and answer.is_current():
            return self._repeat(answer, caller)
        for route, headers in self._headers.items():
            if asked := route.question_at(shown.path, shown.body):
                principal = caller.entrance.principal
                question = Question(principal.user_id, *asked, facts=None, asked_by=principal)
                said = self._decide(question, route, headers, caller)
                if said is not None and (answer := answer_of(question, route, headers)):
                    self._answers[key] = answer
                return said
        return None

    def _repeat(self, answer: Answer, caller: Caller) -> Said | None:
        quota = _headers_of_quota(caller.entrance)
        if quota is None:
            return None
        spent_ms = round((time.perf_counter() - caller.started) * 1000, 3)
        if not _record(answer, caller, spent_ms=spent_ms):
            return None
        observe_layer(LayerTiming("replay", spent_ms, BUDGET_MS))
        self.replayed += 1
        body = b"%b%b%b" % (answer.before, repr(spent_ms).encode(), answer.after)
        return _with_own(answer.headers, quota, caller, body), body

    def _decide(self, question: Question, route: DecisionRoute, headers: Headers, caller: Caller) -> Said | None:
        quota = _headers_of_quota(caller.entrance)
        if quota is None:
            return None
        try:
            with work_context(request_id=caller.request_id, client_address=caller.entrance.address):
                decision = engine.decide(question.asked_by, question.action, question.resource_id)
        except Exception:
            # Django meets the same, and knows what to say of it.
            log.exception("fast_door_gave_way")
            return None
        finally:
            close_old_connections()
        self.decided += 1
        body = route.render(decision)
        return _with_own(headers, quota, caller, body), body


def _headers_of_quota(entrance: Entrance) -> Mapping[str, str] | None:
    """Count the request. None if it is one too many."""
    standings = limiter().take(entrance.charges)
    return rate_limit_headers(standings) if all(standing.is_accepted for standing in standings) else None


def _with_own(headers: Headers, quota: Mapping[str, str], caller: Caller, body: bytes) -> list[tuple[str, str]]:
    return [*headers, ("Content-Length", str(len(body))), *quota.items(), ("X-Request-ID", caller.request_id)]


def _record(answer: Answer, caller: Caller, *, spent_ms: float) -> bool:
    """Whether it could be written."""
    entrance = caller.entrance
    own = {
        "session_id": entrance.principal.session_id, "client_address": entrance.address,
        "request_id": caller.request_id, "duration_ms": spent_ms, "details": {"replay": spent_ms},
    }  # fmt: skip
    try:
        record_again(answer.record, own)
    except TrailUnavailable:
        return False
    return True
