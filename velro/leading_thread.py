"""One of the server's threads answers what needs no waiting: the leader. The others follow it (leader/followers).

Threads that all answer in microseconds spend most of their time on handing the interpreter to each other: sixteen of
them gave a third of the answers that one gives alone. So one thread leads. Whoever comes with a question meanwhile
hands it over and stands by. What the leader cannot answer from memory is looked up beside it: by one thread, too, which
takes all that was missed while it looked up the last, so that many who ask together are answered by one statement.
"""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from threading import Lock
from time import monotonic, sleep
from typing import Any, Final, Protocol

import structlog

from velro.serving import AnswersAtOnce, Headers, Said

log = structlog.get_logger(__name__)

# How soon somebody else takes the next request when the thread that took the last one waits for its body.
WATCH_SECONDS: Final = 0.02
STANDING_BY_SECONDS: Final = 1.0
# Nobody waits longer for a look-up that began before they came.
PATIENCE_SECONDS: Final = 0.02
MOST_TOGETHER: Final = 32
# After so many the leader lets others have its core: the thread that sends them may wait for that one.
ANSWERS_PER_TURN: Final = 16
GATHERING_SECONDS: Final = 0.0005
OK: Final = 200
FAILED: Final = 500
Scope = dict[str, Any]
Serve = Callable[["ServerProtocol", Scope], Any]
# What a thread has to do; it returns the next.
Job = Callable[[], Any]


class ServerProtocol(Protocol):
    """The way back to the client."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer, once."""


@dataclass(eq=False)
class Visit:
    """A request with a question."""

    protocol: ServerProtocol
    scope: Scope
    question: Any


@dataclass(eq=False)
class Search:
    """A thread's looking up of what the leader could not answer, since `began`."""

    began: float = field(default_factory=monotonic)

    def has_taken(self, seconds: float) -> bool:
        """Whether it has taken longer."""
        return monotonic() - self.began > seconds


@dataclass(eq=False)
class Follower:
    """A thread that stands by until `called`: to do a `job` if there is one, or to be the last of those who do."""

    job: Job | None = None
    _called: Lock = field(default_factory=Lock)
    _is_called: bool = False

    def __post_init__(self) -> None:
        self._called.acquire()

    def call(self) -> None:
        """Wake it up. Needs the lock of those whom it follows, as does `heed`."""
        if not self._is_called:
            self._is_called = True
            self._called.release()

    def wait(self, seconds: float) -> bool:
        """Whether it was called by then."""
        return self._called.acquire(timeout=seconds)

    def heed(self) -> None:
        """It has woken up, and may be called again."""
        self._is_called = False


class LeadingThread:
    """Serves requests, each of which comes in a thread of the server's.

    While visits wait, somebody leads; while some are missed, somebody searches, or leads and will. A thread does one
    job after the other, and goes back for other requests when there is none. Who searches for longer than `patience`
    seconds is not waited for: another looks up what has come since.
    """

    def __init__(self, application: AnswersAtOnce, *, serve_slowly: Serve, patience: float = PATIENCE_SECONDS) -> None:
        self._application = application
        self._serve_slowly = serve_slowly
        self._patience = patience
        self._lock = Lock()
        # What the leader serves; None while nobody leads.
        self._led: Visit | None = None
        self._turns = 0
        self._answers = 0
        self._waiting: deque[Visit] = deque()
        self._missed: deque[Visit] = deque()
        self._search: Search | None = None
        self._followers: list[Follower] = []

    def serve(self, protocol: ServerProtocol, scope: Scope) -> None:
        """Serve this request, or hand it over; and serve what others handed over."""
        question = self._application.question_in(scope)
        if question is None:
            self._serve_slowly(protocol, scope)
            return
        visit = Visit(protocol, scope, question)
        with self._lock:
            if self._led is None:
                self._led, follower = visit, None
                self._turns += 1
            else:
                self._waiting.append(visit)
                follower = self._new_follower()
        job = self._stand_by(follower) if follower else self._lead(visit)
        while job is not None:
            job = job()

    def _lead(self, visit: Visit) -> Job | None:
        """Answer what needs no looking up, until nothing waits, or this thread searches."""
        answer_at_once = self._application.answer_at_once
        next_visit: Visit | None = visit
        while next_visit is not None:
            self._answers += 1
            if not self._answers % ANSWERS_PER_TURN:
                _let_others_run()
            try:
                if (said := answer_at_once(next_visit.question)) is not None:
                    next_visit.protocol.response_bytes(OK, *said)
            except Exception:
                log.exception("request_failed")
                _fail(next_visit)
            else:
                if said is None and (search := self._search_for(next_visit)):
                    return search
            with self._lock:
                next_visit = self._next_led()
        return self._after_leading() if self._missed else None

    def _search_for(self, visit: Visit) -> Job | None:
        """None while somebody searches, who will look this up, too, or while nobody else could lead."""
        with self._lock:
            self._missed.append(visit)
            if self._is_searched() or (self._waiting and not self._followers):
                return None
            self._give_up_lead()
            return self._new_search()

    def _after_leading(self) -> Job | None:
        with self._lock:
            if self._missed and not self._is_searched():
                return self._new_search()
            if self._followers or not self._missed:
                return None
            # Somebody has to notice when that takes long.
            follower = self._new_follower()
        return self._stand_by(follower)

    def _look_up(self, search: Search) -> None:
        """Answer together what was missed until now, and what is missed meanwhile."""
        while visits := self._taken_by(search):
            slow = deque(visit for visit, said in self._answers_to(visits) if not _has_told(visit, said))
            if slow:
                self._hand_out(slow, search)
            for visit in slow:
                self._ask_application(visit)
            # Those who were answered together will ask again together; who asks alone is not held up.
            if len(visits) + len(self._missed) > 1:
                sleep(GATHERING_SECONDS)

    def _answers_to(self, visits: Sequence[Visit]) -> Iterable[tuple[Visit, Said | None]]:
        try:
            answers = self._application.answer_together([visit.question for visit in visits])
        except Exception:
            log.exception("look_up_failed")
            answers = [None] * len(visits)
        return zip(visits, answers, strict=True)

    def _ask_application(self, visit: Visit) -> None:
        try:
            self._serve_slowly(visit.protocol, visit.scope)
        except Exception:
            log.exception("request_failed")
            _fail(visit)

    def _taken_by(self, search: Search) -> list[Visit]:
        """None when nothing is missed, or another has taken over."""
        with self._lock:
            if self._search is not search:
                return []
            visits = [self._missed.popleft() for _ in range(min(len(self._missed), MOST_TOGETHER))]
            search.began = monotonic()
            if not visits:
                self._search = None
            return visits

    def _hand_out(self, slow: deque[Visit], search: Search) -> None:
        """Let those who stand by do what would hold up this search, as many as there are."""
        with self._lock:
            if self._missed and self._followers and self._search is search:
                self._call_for(self._new_search())
            while slow and self._followers:
                visit = slow.popleft()
                self._call_for(partial(self._ask_application, visit))

    def _stand_by(self, follower: Follower) -> Job | None:
        """Until called, or nobody has led for a while: None then, to go back for other requests."""
        while True:
            turns, is_last = self._turns, self._followers[-1:] == [follower]
            was_called = follower.wait(WATCH_SECONDS if is_last else STANDING_BY_SECONDS)
            with self._lock:
                if follower not in self._followers:
                    return follower.job
                if was_called:
                    follower.heed()
                elif self._missed:
                    if not self._is_searched():
                        self._dismiss(follower)
                        return self._new_search()
                elif self._led is None and self._turns == turns:
                    self._dismiss(follower)
                    return None

    # What follows needs the lock.

    def _new_follower(self) -> Follower:
        follower = Follower()
        self._followers.append(follower)
        return follower

    def _new_search(self) -> Job:
        self._search = search = Search()
        return partial(self._look_up, search)

    def _is_searched(self) -> bool:
        return self._search is not None and not self._search.has_taken(self._patience)

    def _give_up_lead(self) -> None:
        """For a follower, if there is one."""
        visit = self._next_led()
        if self._followers:
            self._call_for(partial(self._lead, visit) if visit else None)

    def _call_for(self, job: Job | None) -> None:
        """A follower, of whom there is one; with None for a job, it goes back for other requests."""
        follower = self._followers.pop()
        follower.job = job
        follower.call()
        self._call_last()

    def _dismiss(self, follower: Follower) -> None:
        self._followers.remove(follower)
        self._call_last()

    def _call_last(self) -> None:
        """To watch in the place of one who has gone."""
        if self._followers:
            self._followers[-1].call()

    def _next_led(self) -> Visit | None:
        """The oldest that waits."""
        self._led = self._waiting.popleft() if self._waiting else None
        return self._led


def _has_told(visit: Visit, said: Said | None) -> bool:
    if said is not None:
        visit.protocol.response_bytes(OK, *said)
    return said is not None


def _let_others_run() -> None:
    if sys.platform == "linux":
        os.sched_yield()


def _fail(visit: Visit) -> None:
    """Instead of raising an exception: the server would answer the request that it called this thread for."""
    visit.protocol.response_bytes(FAILED, [], b"")
