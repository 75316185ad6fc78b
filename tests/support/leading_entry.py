"""An application some of whose questions can be answered at once; every answer says to what.

Paths of questions: `/at-once`; `/looked-up`, which is answered after it was looked up, with how many others;
`/unsearchable`, with which no look-up goes well; `/late`, which the application is asked for; `/wrong`, which fails.
Whatever else is none and takes SLOW_SECONDS.
"""

import json
import time
from collections.abc import Iterable, Sequence
from io import BytesIO
from typing import Final
from wsgiref.types import StartResponse, WSGIEnvironment

from velro.granian_threads import lead_one_thread

SLOW_SECONDS: Final = 0.5
LOOK_UP_SECONDS: Final = 0.005
QUESTIONS: Final = frozenset({"/at-once", "/looked-up", "/unsearchable", "/late", "/wrong"})
Question = tuple[str, bytes]


class Application:
    """As the fast door does, it puts back the body that it has read."""

    def question_in(self, environ: WSGIEnvironment) -> Question | None:
        """Path and body."""
        path = environ["PATH_INFO"]
        if path not in QUESTIONS:
            return None
        body = environ["wsgi.input"].read()
        environ["wsgi.input"] = BytesIO(body)
        return path, body

    def answer_at_once(self, question: Question) -> tuple[list[tuple[str, str]], bytes] | None:
        """Only the first kind."""
        path, body = question
        return _answer("at once", body) if path == "/at-once" else None

    def answer_together(self, questions: Sequence[Question]) -> list[tuple[list[tuple[str, str]], bytes] | None]:
        """Only the second kind, and only among its like."""
        time.sleep(LOOK_UP_SECONDS)
        if any(path == "/unsearchable" for path, _ in questions):
            raise LookupError("as asked for")
        how = f"with {len(questions) - 1} others"
        return [_answer(how, body) if path == "/looked-up" else None for path, body in questions]

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The rest."""
        if environ["PATH_INFO"] == "/wrong":
            raise ValueError("as asked for")
        if environ["PATH_INFO"] not in QUESTIONS:
            time.sleep(SLOW_SECONDS)
        headers, body = _answer("slowly", environ["wsgi.input"].read())
        start_response("200 OK", headers)
        return [body]


def _answer(how: str, body: bytes) -> tuple[list[tuple[str, str]], bytes]:
    content = json.dumps({"how": how, "asked": body.decode()}).encode()
    return [("Content-Type", "application/json"), ("Content-Length", str(len(content)))], content


def application() -> Application:
    """In a server's process."""
    lead_one_thread()
    return Application()
