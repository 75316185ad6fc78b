"""The generator of the bench reads what it is answered, and says so when it is not what was expected."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from multiprocessing import Pipe
from pathlib import Path
from threading import Thread

import pytest

from tests.performance.bench.figures import Percentiles
from tests.performance.bench.http_load.answers import Answer, AnswerMalformed, Expected, read_answer
from tests.performance.bench.http_load.generator import OpenLoop, generate
from tests.performance.bench.http_load.loads import Load, Outcome
from tests.performance.bench.http_load.pairs import (
    CHANGED,
    ONE_CHANGE_IN,
    REACHED,
    ZIPF,
    ZIPF_DRAWS,
    Person,
    by_zipf,
    request,
)
from tests.performance.bench.http_load.responder import respond
from tests.performance.bench.http_load.scenarios import GRANTED, ONE_QUESTION
from tests.performance.bench.http_load.targets import WEB, Kind, Measured, targets_table
from tests.performance.bench.http_load.web_servers import BARE, EMPTY, Entry, running_web

WITH_LENGTH = b"HTTP/1.1 200 OK\r\nServer: granian\r\nContent-Length: 11\r\n\r\nhello world"
IN_CHUNKS = (
    b"HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\nserver: granian\r\n\r\n"
    b"6\r\nhello \r\nA\r\nwide world\r\n0\r\n\r\n"
)


def load(port: int, **more: object) -> Load:
    choices = {"connections": 4, "seconds": 30, "warm_up_seconds": 0, "is_once": True, **more}
    return Load(port, ONE_QUESTION * 200, Expected(GRANTED), **choices)  # type: ignore[arg-type]  # checked by use


@contextmanager
def responding(body: bytes) -> Iterator[int]:
    ours, theirs = Pipe()
    thread = Thread(target=respond, args=[body], kwargs={"pipe": theirs})
    thread.start()
    yield ours.recv()
    ours.close()
    thread.join()
    theirs.close()


@pytest.mark.parametrize("entry", [BARE, EMPTY], ids=lambda entry: entry.name)
def test_every_answer_of_a_web_server_is_read_timed_and_counted(entry: Entry, tmp_path: Path) -> None:
    with running_web(entry, environment=os.environ, log=tmp_path / "web.log") as web:
        outcome = generate(load(web.port, processes={WEB: [web.process_id]}))

    assert (outcome.answers, outcome.counted, outcome.errors) == (200, 200, {})
    assert 0 < outcome.milliseconds.p50 <= outcome.milliseconds.p99
    assert isfinite(outcome.milliseconds.p99)
    assert outcome.processor_seconds[WEB] >= 0


def test_a_wrong_body_is_an_error() -> None:
    with responding(b'{"access_granted":false,"cache_hit":true}') as port:
        outcome = generate(load(port))

    assert (outcome.answers, outcome.counted, outcome.errors) == (0, 0, {"wrong body": 200})
    assert outcome.error_share == 1


def test_connections_that_cannot_be_opened_are_errors() -> None:
    with responding(b"{}") as port:
        pass

    assert generate(load(port)).errors == {"not opened": 4}


def test_in_an_open_loop_the_time_counts_from_when_a_request_was_due() -> None:
    with responding(b"{}") as port:
        loop = OpenLoop(load(port, connections=1), rate=10)
        loop.open_connections()
        loop.begin()
        began = loop.began

        wait = loop.send_due(began + 0.25)
        connection = loop.connections[0]
        first, waiting = connection.due, list(connection.overdue)
        loop.go_on(connection, now=began + 5)
        loop.close()

    assert first == began
    assert waiting == pytest.approx([began + 0.1, began + 0.2])
    assert connection.due == pytest.approx(began + 0.1)
    assert wait == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("received", "answer"),
    [(WITH_LENGTH, Answer(200, b"hello world")), (IN_CHUNKS, Answer(404, b"hello wide world"))],
    ids=["with length", "in chunks"],
)
def test_an_answer_counts_once_it_is_whole(received: bytes, answer: Answer) -> None:
    assert [read_answer(received[:end]) for end in range(len(received))] == [None] * len(received)
    assert read_answer(received) == answer
    with pytest.raises(AnswerMalformed):
        read_answer(received + b"H")


@pytest.mark.parametrize(
    "received",
    [
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc0\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_not_taken_for_one(received: bytes) -> None:
    with pytest.raises(AnswerMalformed):
        read_answer(received)


def test_anything_but_200_is_an_error_whatever_it_says() -> None:
    assert Expected(GRANTED).fault_of(Answer(429, b'{"access_granted":true}')) == "status 429"
    assert Expected(GRANTED, times=2).fault_of(Answer(200, b'{"access_granted":true}')) == "wrong body"


def test_where_some_requests_are_others_their_answers_are_right_and_no_others() -> None:
    expected = Expected(GRANTED, other=CHANGED)
    bodies = (b'{"access_granted":true}', b'{"queue_position":null}', b'{"access_granted":false}', b"{}")

    assert [expected.fault_of(Answer(200, body)) for body in bodies] == [None, None, "wrong body", "wrong body"]


def test_of_questions_by_zipfs_law_one_in_a_hundred_changes_something_and_the_next_change_undoes_it() -> None:
    ids = [str(number) for number in range(REACHED)]
    requests, order = by_zipf([Person(["token"], ids, ids[ZIPF])] * 2)
    changes = [requests[position].split(b" ")[1].rsplit(b"/", 2)[1:] for position in order if position >= 1_000]

    assert len(changes) == ZIPF_DRAWS / ONE_CHANGE_IN
    of_one = [verb for generation_id, verb in changes if generation_id == changes[0][0]]
    assert len(of_one) > 2
    assert set(of_one[::2]) == {b"archive"}
    assert set(of_one[1::2]) == {b"restore"}


def test_a_target_is_missed_if_one_of_its_loads_misses_it() -> None:
    good, bad = (
        Measured(Kind.BATCH_WARM, 1, Outcome(1, 10, 0, {}, Percentiles(milliseconds, milliseconds, milliseconds), {}))
        for milliseconds in (24, 26)
    )

    assert [list(targets_table(rows).columns[-1].cells) for rows in ([good], [good, bad])] == [
        ["[green]met[/]"],
        ["[red]missed[/]"],
    ]


def test_a_question_is_a_whole_request() -> None:
    head, _, body = request("/path", token="a.b.c", body={"action": "read"}).partition(b"\r\n\r\n")

    assert head.startswith(b"POST /path HTTP/1.1\r\n")
    assert b"\r\nAuthorization: Bearer a.b.c\r\n" in head
    assert head.endswith(b"\r\nContent-Length: %d" % len(body))
    assert body == b'{"action":"read"}'
