"""Reads HTTP answers from bytes and holds each against what was expected; nothing is taken for granted but HTTP/1.1."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, NamedTuple

HEAD_END: Final = b"\r\n\r\n"
LINE_END: Final = b"\r\n"
# In lower case, as the head is when they are looked for.
LENGTH: Final = b"\r\ncontent-length:"
CHUNKED: Final = b"\r\ntransfer-encoding: chunked\r\n"
PROTOCOL: Final = b"http/1.1 "


class AnswerMalformed(Exception):
    """Not one whole answer to one request; says why."""


class Answer(NamedTuple):
    """One answer, complete."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Expected:
    """What every answer is: 200, with `content` exactly so many `times`. Those with `counted` are counted.

    Where not all requests are of a kind, `other` is what the rest is answered, once.
    """

    content: bytes
    times: int = 1
    counted: bytes = b'"cache_hit":true'
    other: bytes | None = None

    def fault_of(self, answer: Answer) -> str | None:
        """Why this is not such an answer, or None."""
        if answer.status != HTTPStatus.OK:
            return f"status {answer.status}"
        if answer.body.count(self.content) == self.times:
            return None
        return None if self.other is not None and answer.body.count(self.other) == 1 else "wrong body"


def read_answer(received: bytes) -> Answer | None:
    """The answer, or None while a part of it is missing. Raises AnswerMalformed."""
    head_end = received.find(HEAD_END)
    if head_end < 0:
        return None
    head, start = received[: head_end + len(LINE_END)].lower(), head_end + len(HEAD_END)
    if not head.startswith(PROTOCOL):
        raise AnswerMalformed("not HTTP/1.1")
    try:
        status = int(head[len(PROTOCOL) : len(PROTOCOL) + 3])
        body, end = _read_after(head, received, start)
    except ValueError as error:
        raise AnswerMalformed("a number was expected") from error
    if end is None:
        return None
    if end != len(received):
        raise AnswerMalformed("more than one answer")
    return Answer(status, body)


def _read_after(head: bytes, received: bytes, start: int) -> tuple[bytes, int | None]:
    # From the end, near which it is written, and first, because few answers come in chunks.
    line = head.rfind(LENGTH)
    if line >= 0:
        number = line + len(LENGTH)
        return _read_body(received, start, int(head[number : head.find(LINE_END, number)]))
    if CHUNKED not in head:
        raise AnswerMalformed("no length")
    return _read_chunks(received, start)


def _read_body(received: bytes, start: int, length: int) -> tuple[bytes, int | None]:
    end = start + length
    return (received[start:end], end) if end <= len(received) else (b"", None)


def _read_chunks(received: bytes, start: int) -> tuple[bytes, int | None]:
    """No trailers: nobody sends them."""
    chunks, size = [], None
    while size != 0:
        line_end = received.find(LINE_END, start)
        if line_end < 0:
            return b"", None
        size = int(received[start:line_end], 16)
        begin, start = line_end + len(LINE_END), line_end + 2 * len(LINE_END) + size
        if start > len(received):
            return b"", None
        if not received.startswith(LINE_END, start - len(LINE_END)):
            raise AnswerMalformed("a chunk without end")
        chunks.append(received[begin : start - len(LINE_END)])
    return b"".join(chunks), start
