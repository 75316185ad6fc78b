"""Bodies whose length nobody declares. Django reads none of them: without Content-Length it takes a body for empty."""

from collections.abc import Iterable
from io import BytesIO
from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment


class ChunkedBodies:
    """Wraps a WSGI application; reads a chunked body ahead, up to one byte over the limit, and declares its length.

    Whatever refuses long bodies by their declared length then refuses these too.
    """

    def __init__(self, application: WSGIApplication, *, limit: int) -> None:
        self.application = application
        self.limit = limit

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
            body = self.read_ahead(environ["wsgi.input"])
            environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return self.application(environ, start_response)

    def read_ahead(self, stream: InputStream) -> bytes:
        """The whole body, or as much of it as shows that it is too long."""
        body = b""
        while len(body) <= self.limit and (part := stream.read(self.limit + 1 - len(body))):
            body += part
        return body
