"""One of the server's threads answers what needs no waiting: the leader. The others follow it (leader/followers).

Threads that all answer in microseconds spend most of their time on handing the interpreter to each other: sixteen of
them gave a third of the answers that one gives alone. So one thread leads. Whoever comes with a question meanwhile
hands it over and stands by; before the leader does what takes longer, it steps aside, and one who stood by goes on.

Granian calls `_call_wrap` once, and what that returns for each request, with a protocol, which may be answered from
any thread, and a scope, which is an environment of WSGI but for what all requests have alike. The body has to be read
before that call returns. A server that does not know of this serves the application as any other.
"""

import os
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, Protocol, runtime_checkable

import structlog
from granian.server import mp
from granian.wsgi import _callback_wrapper

log = structlog.get_logger(__name__)

# Where the server looks for what calls the application. There is no public place.
CALL_WRAP: Final = "_wsgi_call_wrap"
# How soon somebody else takes the next request when the thread that took the last one waits for its body.
WATCH_SECONDS: Final = 0.02
STANDING_BY_SECONDS: Final = 1.0
OK: Final = 200
FAILED: Final = 500
Headers = list[tuple[str, str]]
Scope = dict[str, Any]
Serve = Callable[["ServerProtocol", Scope], Any]


class ServerProtocol(Protocol):
    """The way back to the client."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer, once."""


@runtime_checkable
class AnswersAtOnce(Protocol):
    """A WSGI application that can answer some questions without waiting."""

    def question_in(self, environ: Scope) -> Any:
        """None for what the application is to be asked for. May wait for the body, and puts it back."""

    def answer_at_once(self, question: Any) -> tuple[Headers, bytes] | None:
        """Headers and body of a 200; None for what the application is to be asked for."""


@dataclass(slots=True, eq=False)
class Visit:
    """A request with a question."""

    protocol: ServerProtocol
    scope: Scope
    question: Any


@dataclass(slots=True, eq=False)
class Follower:
    """A thread that stands by until `called`: to serve `visit` if there is one, or to be the last of those who do."""

    visit: Visit | None = None
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

    While visits wait, somebody leads, and there are as many followers at least: none is forgotten.
    """

    def __init__(self, application: AnswersAtOnce, *, serve_slowly: Serve) -> None:
        self._application = application
        self._serve_slowly = serve_slowly
        self._lock = Lock()
        # What the leader serves; None while nobody leads.
        self._led: Visit | None = None
        self._turns = 0
        self._waiting: deque[Visit] = deque()
        self._followers: list[Follower] = []

    def serve(self, protocol: ServerProtocol, scope: Scope) -> None:
        """Serve this request, or hand it over; and serve what others handed over."""
        question = self._application.question_in(scope)
        if question is None:
            self._serve_slowly(protocol, scope)
            return
        visit = self._lead_or_follow(Visit(protocol, scope, question))
        while visit is not None:
            # Not to be raised: the server would answer the request that it called this thread for.
            try:
                self._answer(visit)
            except Exception:
                log.exception("request_failed")
                visit.protocol.response_bytes(FAILED, [], b"")
            visit = self._next_after(visit)

    def _answer(self, visit: Visit) -> None:
        said = self._application.answer_at_once(visit.question)
        if said is None:
            self._step_aside()
            self._serve_slowly(visit.protocol, visit.scope)
        else:
            visit.protocol.response_bytes(OK, *said)

    def _lead_or_follow(self, visit: Visit) -> Visit | None:
        """The visit that this thread is to serve, if any."""
        with self._lock:
            if self._led is None:
                self._led = visit
                self._turns += 1
                return visit
            follower = Follower()
            self._waiting.append(visit)
            self._followers.append(follower)
        return self._stand_by(follower)

    def _next_after(self, visit: Visit) -> Visit | None:
        """None when nothing waits, and for a thread that does not lead any more."""
        with self._lock:
            return self._lead_on() if self._led is visit else None

    def _step_aside(self) -> None:
        """For a follower, if there is one."""
        with self._lock:
            visit = self._lead_on()
            if self._followers:
                follower = self._followers.pop()
                follower.visit = visit
                follower.call()
                self._call_last()

    def _stand_by(self, follower: Follower) -> Visit | None:
        """Until called, or nobody has led for a while: None then, to go back for other requests."""
        while True:
            turns, is_last = self._turns, self._followers[-1:] == [follower]
            was_called = follower.wait(WATCH_SECONDS if is_last else STANDING_BY_SECONDS)
            with self._lock:
                if follower not in self._followers:
                    return follower.visit
                if was_called:
                    follower.heed()
                elif self._led is None and self._turns == turns:
                    self._followers.remove(follower)
                    self._call_last()
                    return None

    def _call_last(self) -> None:
        """To watch in the place of one who has gone. Needs the lock."""
        if self._followers:
            self._followers[-1].call()

    def _lead_on(self) -> Visit | None:
        """With the oldest that waits. Needs the lock."""
        self._led = self._waiting.popleft() if self._waiting else None
        return self._led


def lead_one_thread() -> None:
    """In a process in which Granian is about to call an application: have one of its threads lead.

    Who answers wakes a thread that sends the answer. On Linux that one would often run at once, on the same core, while
    all of Python waits for the leader; in a batch process it waits for its turn.
    """
    setattr(mp, CALL_WRAP, _call_wrap)
    if sys.platform == "linux":
        try:
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        except PermissionError:
            log.warning("threads_interrupt_each_other", reason="this process may not choose how it is scheduled")


def _call_wrap(application: Any, scope_opts: dict[str, Any], access_log_fmt: str | None = None) -> Serve:
    serve: Serve = _callback_wrapper(application, scope_opts, access_log_fmt)
    is_plain = not access_log_fmt and not scope_opts.get("url_path_prefix")
    if is_plain and isinstance(application, AnswersAtOnce):
        return LeadingThread(application, serve_slowly=serve).serve
    return serve
