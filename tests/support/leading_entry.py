"""An application some of whose questions can be answered at once; every answer says to what.

Paths: `/at-once`, `/late` and `/wrong` are questions, of which the second is not answered at once and the third fails;
whatever else is none and takes SLOW_SECONDS.
"""

import json
import time
from collections.abc import Iterable
from io import BytesIO
from typing import Final
from wsgiref.types import StartResponse, WSGIEnvironment

from velro.leading_thread import lead_one_thread

SLOW_SECONDS: Final = 0.5
QUESTIONS: Final = frozenset({"/at-once", "/late", "/wrong"})
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
