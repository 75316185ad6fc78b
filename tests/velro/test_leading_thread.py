"""One thread answers what needs no waiting, and whatever happens, each request gets its own answer."""

import json
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from typing import Any, Final

import pytest

from tests.performance.bench.http_load.web_servers import Entry, running_web
from tests.support.leading_entry import SLOW_SECONDS
from velro.leading_thread import ANSWERS_PER_TURN, OK, STANDING_BY_SECONDS, WATCH_SECONDS, LeadingThread, Scope
from velro.serving import Headers

ENTRIES: Final = ("leading_entry", "compiled_leading_entry")
KINDS: Final = ("/at-once",) * 40 + ("/looked-up",) * 10 + ("/late",) * 5 + ("/unsearchable", "/wrong")
CLIENTS: Final = 24
REQUESTS: Final = 100
PATIENCE: Final = 10


@pytest.fixture(scope="module", params=ENTRIES)
def port(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    log = tmp_path_factory.mktemp("web") / "web.log"
    entry = Entry(request.param, f"tests.support.{request.param}:application", is_factory=True)
    with running_web(entry, environment=os.environ, log=Path(log)) as web:
        yield web.port


def ask(client: HTTPConnection, path: str, body: str) -> tuple[int, Any]:
    client.request("POST", path, body)
    response = client.getresponse()
    content = response.read()
    return response.status, json.loads(content) if response.status == OK else None


def ask_once(port: int, path: str, body: str) -> Any:
    with connected(port) as client:
        return ask(client, path, body)[1]


def connected(port: int) -> closing[HTTPConnection]:
    return closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE))


def test_a_question_that_can_be_is_answered_ahead_of_the_application(port: int) -> None:
    """Also a sign that the server still asks the way that is changed here."""
    with connected(port) as client:
        assert ask(client, "/at-once", "one")[1] == {"how": "at once", "asked": "one"}
        assert ask(client, "/looked-up", "two")[1] == {"how": "with 0 others", "asked": "two"}
        assert ask(client, "/late", "two")[1] == {"how": "slowly", "asked": "two"}
        assert ask(client, "/unsearchable", "two")[1] == {"how": "slowly", "asked": "two"}
        assert ask(client, "/other", "three")[1] == {"how": "slowly", "asked": "three"}
        assert ask(client, "/wrong", "four")[0] == 500
        assert ask(client, "/at-once", "five")[1]["asked"] == "five"


def test_among_many_everybody_gets_the_answer_to_what_they_asked(port: int) -> None:
    def ask_often(number: int) -> int:
        chance = Random(number)  # noqa: S311 - no secret
        with connected(port) as client:
            for turn in range(REQUESTS):
                path, body = chance.choice(KINDS), f"{number} in turn {turn}"
                status, said = ask(client, path, body)
                assert status == (500 if path == "/wrong" else 200)
                assert said is None or said["asked"] == body
        return REQUESTS

    with ThreadPoolExecutor(CLIENTS) as pool:
        assert sum(pool.map(ask_often, range(CLIENTS))) == CLIENTS * REQUESTS


def test_who_sends_no_body_holds_nobody_up(port: int) -> None:
    head = b"POST /at-once HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\n"
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(6)]
    try:
        for one in silent:
            one.sendall(head)
            began = time.monotonic()
            assert ask_once(port, "/at-once", "prompt")["asked"] == "prompt"
            assert time.monotonic() - began < PATIENCE / 2
        silent[0].sendall(b"late")
        assert b'"asked": "late"' in silent[0].recv(4096)
    finally:
        for one in silent:
            one.close()


def test_what_takes_long_holds_up_no_question(port: int) -> None:
    with ThreadPoolExecutor(6) as pool, connected(port) as client:
        slow = [pool.submit(ask_once, port, "/other", str(number)) for number in range(6)]
        time.sleep(SLOW_SECONDS / 5)
        before = [ask(client, "/at-once", str(turn)) for turn in range(20)]
        assert not any(one.done() for one in slow)
        assert [said["asked"] for _, said in before] == [str(turn) for turn in range(20)]
        assert [one.result()["asked"] for one in slow] == [str(number) for number in range(6)]


@dataclass
class Client:
    """Takes down what it is answered, and by which thread."""

    answers: list[tuple[int, bytes, str]] = field(default_factory=list)
    answered: threading.Event = field(default_factory=threading.Event)

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        self.answers.append((status, body, threading.current_thread().name))
        self.answered.set()


def test_who_come_together_are_looked_up_together(port: int) -> None:
    def ask_often(number: int) -> list[str]:
        with connected(port) as client:
            return [ask(client, "/looked-up", f"{number} in turn {turn}")[1]["how"] for turn in range(20)]

    with ThreadPoolExecutor(8) as pool:
        said = [how for of_one in pool.map(ask_often, range(8)) for how in of_one]
    others = [int(how.split()[1]) for how in said]
    assert sum(others) / len(others) > 3


@dataclass
class Gated:
    """Answers `first` only when it may, and looks up nothing, `gated` only when that may end."""

    is_asked: threading.Event = field(default_factory=threading.Event)
    may_answer: threading.Event = field(default_factory=threading.Event)
    is_searched: threading.Event = field(default_factory=threading.Event)
    may_find: threading.Event = field(default_factory=threading.Event)
    searches: list[list[str]] = field(default_factory=list)

    def question_in(self, environ: Scope) -> Any:
        return environ["asked"]

    def answer_at_once(self, question: Any) -> tuple[Headers, bytes] | None:
        if question == "first":
            self.is_asked.set()
            assert self.may_answer.wait(PATIENCE)
        return None if question.startswith(("late", "gated", "sought")) else ([], question.encode())

    def answer_together(self, questions: Sequence[Any]) -> list[tuple[Headers, bytes] | None]:
        self.searches.append(list(questions))
        if "gated" in questions:
            self.is_searched.set()
            assert self.may_find.wait(PATIENCE)
        return [None if question.startswith("late") else ([], question.encode()) for question in questions]


def serve(leading: LeadingThread, asked: str) -> tuple[Client, threading.Thread]:
    client = Client()
    thread = threading.Thread(target=leading.serve, args=(client, {"asked": asked}), name=f"of {asked}")
    thread.start()
    return client, thread


def answer_slowly(protocol: Any, scope: Scope) -> None:
    protocol.response_bytes(OK, [], f"{scope['asked']}, slowly".encode())


def test_the_leader_answers_what_comes_meanwhile() -> None:
    application = Gated()
    leading = LeadingThread(application, serve_slowly=answer_slowly)
    first, leader = serve(leading, "first")
    assert application.is_asked.wait(PATIENCE)
    others = [serve(leading, name) for name in ("second", "third")]
    time.sleep(2 * WATCH_SECONDS)
    assert not any(client.answers for client, _ in others)

    application.may_answer.set()
    for client in (first, *(client for client, _ in others)):
        assert client.answered.wait(PATIENCE)
    for thread in (leader, *(thread for _, thread in others)):
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert first.answers == [(OK, b"first", "of first")]
    assert sorted(answer for client, _ in others for answer in client.answers) == [
        (OK, b"second", "of first"),
        (OK, b"third", "of first"),
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it has no way to")
def test_the_leader_lets_other_threads_run_from_time_to_time(monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[Client] = []
    turns: list[int] = []
    monkeypatch.setattr(os, "sched_yield", lambda: turns.append(len(served)))
    leading = LeadingThread(Gated(), serve_slowly=answer_slowly)
    for _ in range(2 * ANSWERS_PER_TURN):
        served.append(Client())
        leading.serve(served[-1], {"asked": "at once"})
    assert turns == [ANSWERS_PER_TURN, 2 * ANSWERS_PER_TURN]


def test_before_it_does_what_takes_longer_the_leader_lets_another_go_on() -> None:
    application, is_slow, may_end = Gated(), threading.Event(), threading.Event()

    def take_long(protocol: Any, scope: Scope) -> None:
        is_slow.set()
        assert may_end.wait(PATIENCE)
        answer_slowly(protocol, scope)

    leading = LeadingThread(application, serve_slowly=take_long)
    _, leader = serve(leading, "first")
    assert application.is_asked.wait(PATIENCE)
    late, _ = serve(leading, "late")
    third, _ = serve(leading, "third")
    while len(leading._waiting) < 2:
        time.sleep(0.001)
    application.may_answer.set()

    assert is_slow.wait(PATIENCE)
    assert third.answered.wait(PATIENCE)
    ((_, _, by),) = third.answers
    assert by != leader.name
    assert not late.answers
    may_end.set()
    assert late.answered.wait(PATIENCE)
    assert [answer[:2] for answer in late.answers] == [(OK, b"late, slowly")]


def test_what_is_missed_while_somebody_looks_up_is_looked_up_together() -> None:
    application = Gated()
    leading = LeadingThread(application, serve_slowly=answer_slowly, patience=PATIENCE)
    gated, searcher = serve(leading, "gated")
    assert application.is_searched.wait(PATIENCE)
    others = [serve(leading, name)[0] for name in ("sought 1", "sought 2", "sought 3")]
    while len(leading._missed) < len(others):
        time.sleep(0.001)
    at_once, _ = serve(leading, "at once")
    assert at_once.answered.wait(PATIENCE), "who leads does not wait for who looks up"

    application.may_find.set()
    for client in (gated, *others):
        assert client.answered.wait(PATIENCE)
    assert [by for client in (gated, *others) for _, _, by in client.answers] == [searcher.name] * 4
    assert [sorted(names) for names in application.searches] == [["gated"], ["sought 1", "sought 2", "sought 3"]]


def test_a_look_up_that_takes_long_is_not_waited_for() -> None:
    """Though nobody comes any more who could notice."""
    application = Gated()
    leading = LeadingThread(application, serve_slowly=answer_slowly)
    gated, _ = serve(leading, "gated")
    assert application.is_searched.wait(PATIENCE)
    sought, thread = serve(leading, "sought")

    assert sought.answered.wait(PATIENCE)
    assert not gated.answers
    thread.join(PATIENCE)
    assert not thread.is_alive()
    application.may_find.set()
    assert gated.answered.wait(PATIENCE)


def test_what_the_application_has_to_be_asked_for_holds_up_no_look_up() -> None:
    application, both = Gated(), threading.Barrier(2, timeout=PATIENCE)

    def wait_for_each_other(protocol: Any, scope: Scope) -> None:
        both.wait()
        answer_slowly(protocol, scope)

    leading = LeadingThread(application, serve_slowly=wait_for_each_other, patience=PATIENCE)
    serve(leading, "gated")
    assert application.is_searched.wait(PATIENCE)
    late = [serve(leading, name)[0] for name in ("late 1", "late 2")]
    while len(leading._missed) < len(late):
        time.sleep(0.001)

    application.may_find.set()
    for client in late:
        assert client.answered.wait(PATIENCE)
    assert [client.answers[0][:2] for client in late] == [(OK, b"late 1, slowly"), (OK, b"late 2, slowly")]


def test_when_nobody_leads_one_after_the_other_goes_back_for_other_requests_soon() -> None:
    application = Gated()
    leading = LeadingThread(application, serve_slowly=answer_slowly)
    _, leader = serve(leading, "first")
    assert application.is_asked.wait(PATIENCE)
    followers = [serve(leading, str(number))[1] for number in range(8)]
    while len(leading._followers) < len(followers):
        time.sleep(0.001)
    # All but the last now look up seldom.
    time.sleep(2 * WATCH_SECONDS)

    application.may_answer.set()
    began = time.monotonic()
    for thread in (leader, *followers):
        thread.join(PATIENCE)
        assert not thread.is_alive()
    assert time.monotonic() - began < STANDING_BY_SECONDS / 2
    assert not leading._followers


def test_what_fails_is_answered_to_who_asked_it() -> None:
    def fail(_: Any, scope: Scope) -> None:
        raise ValueError(scope["asked"])

    application = Gated()
    leading = LeadingThread(application, serve_slowly=fail)
    first, leader = serve(leading, "first")
    assert application.is_asked.wait(PATIENCE)
    late, _ = serve(leading, "late")
    while not leading._waiting:
        time.sleep(0.001)
    application.may_answer.set()
    assert late.answered.wait(PATIENCE)
    leader.join(PATIENCE)
    assert first.answers == [(OK, b"first", leader.name)]
    assert [answer[:2] for answer in late.answers] == [(500, b"")]


def test_who_stepped_aside_leaves_what_waits_to_who_leads_now() -> None:
    application, is_slow, may_end = Gated(), threading.Event(), threading.Event()

    def take_long(protocol: Any, scope: Scope) -> None:
        is_slow.set()
        assert may_end.wait(PATIENCE)
        answer_slowly(protocol, scope)

    leading = LeadingThread(application, serve_slowly=take_long)
    late, aside = serve(leading, "late")
    assert is_slow.wait(PATIENCE)
    first, leader = serve(leading, "first")
    assert application.is_asked.wait(PATIENCE)
    third, _ = serve(leading, "third")
    while not leading._waiting:
        time.sleep(0.001)

    may_end.set()
    aside.join(PATIENCE)
    assert [answer[:2] for answer in late.answers] == [(OK, b"late, slowly")]
    assert not third.answers
    application.may_answer.set()
    assert third.answered.wait(PATIENCE)
    assert third.answers == [(OK, b"third", leader.name)]
    assert first.answers == [(OK, b"first", leader.name)]
