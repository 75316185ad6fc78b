"""A WSGI function that reads the body and answers a constant: as much as the server itself can do."""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIEnvironment

from tests.performance.bench.http_load.constant import BODY


def application(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Say yes to everything."""
    environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))])
    return [BODY]
