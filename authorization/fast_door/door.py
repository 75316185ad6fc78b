"""The fast door: questions are answered ahead of Django, by the same layers and in the same words.

Layers 1 to 3 let each client in; while memory holds the very same person and session, they come in again. The engine
decides here as in Django (layers 4 to 8). What it said from memory is said again while memory holds the very same
facts. What is no part of that is done each time: the request is counted (layer 1), its address is looked for among the
blocked ones (layer 2), a record is written (layer 8). The headers of layers 9 and 10 are those that Django gave such an
answer before. Whatever is missing or goes wrong, Django is asked, so this door by itself refuses nobody.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any, Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import structlog
from cachebox import LRUCache
from django.db import close_old_connections

from authorization import engine
from authorization.facts import Asking, Decision, Principal
from authorization.fast_door.answers import Answer, Entrance, Headers, Speaker, answer_of, entrance_of, lasting
from authorization.fast_door.shown import Client, Lengths, Shown, attempt_of, shown_in
from authorization.freshness.confirmation import confirming
from authorization.freshness.listener import LISTENER
from authorization.layer_times import observe_stage
from authorization.layers.input_rates import address_charge
from authorization.ports import DecisionRoute, Questions
from velro.audit.errors import TrailUnavailable
from velro.audit.services import record_again
from velro.blocking.block_list import block_list
from velro.errors import VelroError
from velro.observability.context import accept_request_id, work_context
from velro.rate_limits.limiter import limiter
from velro.rate_limits.standing import POLICY, STANDING, rate_limit_headers

log = structlog.get_logger(__name__)

OK: Final = "200 OK"
MOST_CLIENTS: Final = 10_000
MOST_ANSWERS: Final = 10_000
MOST_HOSTS: Final = 64
BUDGET_MS: Final = 5.0
STAGE: Final = "replay"
LENGTHS: Final = Lengths()
Said = tuple[Headers, bytes]


@dataclass(frozen=True)
class Case:
    """What somebody came in to ask, and where counting it left them."""

    shown: Shown
    entrance: Entrance
    route: DecisionRoute
    askings: Sequence[Asking]
    render: Callable[[Sequence[Decision]], bytes]
    standing: str
    request_id: str


class FastDoor:
    """Wraps the application that is asked for all that cannot be answered here.

    `decided` counts what the engine was asked here, `replayed` what was only said again.
    """

    def __init__(self, application: WSGIApplication, *, routes: Sequence[DecisionRoute]) -> None:
        self.decided = self.replayed = 0
        self._application = application
        self._routes = routes
        self._endings = tuple(route.ending for route in routes)
        # A question, or few, that may be answered here. A body that was read is put back.
        self.question_in: Callable[[WSGIEnvironment], Shown | None] = partial(shown_in, endings=self._endings)
        # What Django has answered: which hosts, and with which headers.
        self._hosts: LRUCache[str, bool] = LRUCache(MOST_HOSTS)
        self._headers: dict[DecisionRoute, Headers] = {}
        self._entrances: LRUCache[Client, Entrance] = LRUCache(MOST_CLIENTS)
        self._answers: LRUCache[tuple[Speaker, str, bytes], Answer] = LRUCache(MOST_ANSWERS)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        shown = shown_in(environ, endings=self._endings, lengths=LENGTHS)
        if shown is None:
            return self._application(environ, start_response)
        said = self.answer_together([shown])[0]
        if said is None:
            return self._watch(shown, environ, start_response)
        start_response(OK, said[0])
        # A list: servers send it in one piece, and whatever else by pieces.
        return [said[1]]

    def answer_at_once(self, question: Shown) -> Said | None:
        """What was said before and only has to be said again, or None. Waits for nothing."""
        started = time.perf_counter()
        entrance: Entrance | None = self._entrances.get(question.client)
        now = LISTENER.database_time()
        if entrance is None or now is None or not entrance.holds_at(now) or not block_list.lets_in(entrance.address):
            return None
        answer: Answer | None = self._answers.get((entrance.speaker, question.path, question.body))
        if answer is None or not answer.holds_at(now):
            return None
        standing = limiter().take_leased(*entrance.charges)
        if standing is None:
            return None
        request_id = accept_request_id(question.request_id)
        spent = (time.perf_counter() - started) * 1000
        spent_ms = f"{spent:.3f}"
        try:
            record_again(
                answer.columns,
                entrance.columns,
                resource_id=answer.resource_id,
                request_id=request_id,
                spent_ms=spent_ms,
                stage=STAGE,
                details=answer.details,
            )
        except TrailUnavailable:
            return None
        observe_stage(STAGE, spent, budget_ms=BUDGET_MS)
        self.replayed += 1
        body = answer.body(spent_ms)
        return _with_own(answer.headers, entrance, standing, request_id, body), body

    def answer_together(self, questions: Sequence[Shown]) -> list[Said | None]:
        """What the engine decides of each, all at once; None for what Django has to be asked. May wait."""
        answers: list[Said | None] = []
        cases: dict[int, Case] = {}
        try:
            for place, shown in enumerate(questions):
                # Once one request has taken more of a quota, others under it may only have to be told again.
                answers.append(self.answer_at_once(shown))
                if answers[place] is None and (case := self._case_of(shown)):
                    cases[place] = case
            decisions = self._decide([asking for case in cases.values() for asking in case.askings])
        finally:
            close_old_connections()
        if decisions:
            made = iter(decisions)
            for place, case in cases.items():
                number = sum(len(asking.resource_ids) for asking in case.askings)
                answers[place] = self._told(case, list(islice(made, number)))
        return answers

    def _let_in(self, client: Client) -> Entrance | None:
        """Somebody who may come in, from where nobody is blocked."""
        now = LISTENER.database_time()
        if now is None:
            return None
        entrance: Entrance | None = self._entrances.get(client)
        if entrance is None or not entrance.holds_at(now):
            entrance = self._admit(client)
        return entrance if entrance and block_list.lets_in(entrance.address) else None

    def _admit(self, client: Client) -> Entrance | None:
        """Nobody is looked up for an address that has used up its quota, or by a host that Django does not serve."""
        attempt = attempt_of(client)
        if attempt is None or not self._headers or client.host not in self._hosts:
            return None
        if not limiter().has_leased(address_charge(attempt.client_address)):
            return None
        try:
            with work_context(request_id=accept_request_id(None), client_address=attempt.client_address), confirming():
                entrance = entrance_of(attempt)
        except VelroError:
            return None
        if entrance is not None:
            self._entrances[client] = entrance
        return entrance

    def _watch(self, shown: Shown, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """See what Django says, where there is something to be learned from it."""
        unknown = [route.ending for route in self._routes if route not in self._headers]
        if shown.client.host in self._hosts and not shown.path.endswith(tuple(unknown)):
            return self._application(environ, start_response)
        begun: list[tuple[str, Headers]] = []

        def begin(status: str, headers: list[tuple[str, str]], *exc_info: Any) -> Any:
            begun.append((status, headers))
            return start_response(status, headers, *exc_info)

        pieces = self._application(environ, begin)
        status, headers = begun[-1]
        route = next((it for it in self._routes if it.questions_at(shown.path, shown.body)), None)
        if route is not None and status == OK:
            self._headers[route] = lasting(headers)
            self._hosts[shown.client.host] = True
        return pieces

    def _case_of(self, shown: Shown) -> Case | None:
        """What somebody asks who may, counted. None for what Django has to be asked."""
        entrance = self._let_in(shown.client)
        if entrance is None:
            return None
        route, questions = self._questions_in(shown)
        if route is None or questions is None or not _may_ask(entrance.principal, route, questions):
            return None
        standing = _standing_of(entrance)
        if standing is None:
            return None
        principal, request_id = entrance.principal, accept_request_id(shown.request_id)
        origin = {"request_id": request_id, "client_address": entrance.address}
        askings = [
            Asking(asked.user_id or principal.user_id, asked.action, asked.resource_ids, principal, origin)
            for asked in questions.asked
        ]
        return Case(shown, entrance, route, askings, questions.render, standing, request_id)

    def _questions_in(self, shown: Shown) -> tuple[DecisionRoute, Questions] | tuple[None, None]:
        for route in self._headers:
            if questions := route.questions_at(shown.path, shown.body):
                return route, questions
        return None, None

    def _decide(self, askings: Sequence[Asking]) -> list[Decision]:
        """One for each resource, in their order. None at all where Django meets the same, and knows what to say."""
        if not askings:
            return []
        try:
            decisions = engine.decide_each(askings)
        except Exception:
            log.exception("fast_door_gave_way")
            return []
        self.decided += len(decisions)
        return decisions

    def _told(self, case: Case, decisions: Sequence[Decision]) -> Said:
        headers, shown, entrance = self._headers[case.route], case.shown, case.entrance
        if len(decisions) == 1 and decisions[0].is_cache_hit:
            answer = answer_of(case.askings[0], case.route, case.render, headers)
            if answer:
                self._answers[entrance.speaker, shown.path, shown.body] = answer
        body = case.render(decisions)
        return _with_own(headers, entrance, case.standing, case.request_id, body), body


def _may_ask(principal: Principal, route: DecisionRoute, questions: Questions) -> bool:
    if not principal.can_use(route.action):
        return False
    return principal.is_operator or all(asked.user_id in {None, principal.user_id} for asked in questions.asked)


def _standing_of(entrance: Entrance) -> str | None:
    """Count the request, and say where that leaves them. None if it is one too many."""
    leased = limiter().take_leased(*entrance.charges)
    if leased is not None:
        return leased
    standings = limiter().take(entrance.charges)
    return rate_limit_headers(standings)[STANDING] if all(one.is_accepted for one in standings) else None


def _with_own(headers: Headers, entrance: Entrance, standing: str, request_id: str, body: bytes) -> Headers:
    return [
        *headers,
        ("Content-Length", str(len(body))),
        (POLICY, entrance.policy),
        (STANDING, standing),
        ("X-Request-ID", request_id),
    ]
