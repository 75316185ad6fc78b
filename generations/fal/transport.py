"""The HTTP transport under the official client, which would otherwise send a job again and be charged twice.

The client repeats a POST up to ten times: after dropped connections, slow answers, 408, 409, 429 and gateway errors,
also to a second host. Its loop catches httpx errors and HTTP error statuses; so here neither ever leaves. Only success
passes, and everything else leaves as an exception the client does not know, which ends its loop at once.
"""

import json
import time
from collections.abc import Mapping
from typing import Any

import httpx

from generations.fal.access import CONNECT_TIMEOUT, is_same_origin, tls_context
from generations.fal.deadline import Deadline
from generations.fal.errors import FalProblem, NotSent, OutcomeUnknown, Unreachable

MAX_ANSWER_BYTES = 8 * 1024 * 1024
NEVER_CONNECTED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Answered(Exception):
    """FAL answered with something other than success; what that means depends on the question. `body` is bounded."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        super().__init__(status)
        self.status = status
        self.headers = httpx.Headers(headers)
        self.body = body


class AnswerTooLarge(Exception):
    """The answer exceeds what is read into memory, is compressed unasked, or takes longer than allowed."""


class GuardedTransport(httpx.BaseTransport):
    """Speaks to `base` alone and adds the key itself, after the host was checked: no other host can ever receive it.

    `alias` is the origin that the client has built in; it is rewritten to `base`. Timeouts are in seconds and replace
    whatever the caller asks for: `submit_timeout` for POST, `answer_timeout` for all else.
    """

    def __init__(
        self,
        base: httpx.URL,
        *,
        key: str,
        submit_timeout: float,
        answer_timeout: float,
        alias: httpx.URL | None = None,
    ) -> None:
        self._base = base
        self._alias = alias
        self._key = key
        self._submit_timeout = submit_timeout
        self._answer_timeout = answer_timeout
        # A kept connection may be half closed, and then nobody can tell whether a request was read. On a fresh one, a
        # connection that was not established proves that nothing was sent.
        self._fresh = httpx.HTTPTransport(tls_context(), limits=httpx.Limits(max_keepalive_connections=0))
        self._kept = httpx.HTTPTransport(tls_context(), limits=httpx.Limits(keepalive_expiry=20))

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request once. What returns is a success that holds a JSON object (but for PUT).

        Raises Answered; NotSent or OutcomeUnknown for POST; Unreachable for all else.
        """
        is_submit = request.method == "POST"
        outgoing = self._addressed(request)
        try:
            answer = self._send(outgoing, self._submit_timeout if is_submit else self._answer_timeout)
        except NEVER_CONNECTED as error:
            raise _never_connected(is_submit=is_submit) from error
        except (httpx.HTTPError, AnswerTooLarge) as error:
            raise _no_usable_answer(is_submit=is_submit) from error
        if not answer.is_success:
            raise Answered(answer.status_code, answer.headers, answer.content)
        if request.method != "PUT" and read_object(answer.content) is None:
            raise _no_usable_answer(is_submit=is_submit)
        return answer

    def close(self) -> None:
        """Close the pooled connections."""
        self._fresh.close()
        self._kept.close()

    def may_reach(self, url: httpx.URL) -> bool:
        """Whether requests to this URL are let through."""
        return is_same_origin(url, self._base) or (self._alias is not None and is_same_origin(url, self._alias))

    def _addressed(self, request: httpx.Request) -> httpx.Request:
        if not self.may_reach(request.url):
            problem = NotSent if request.method == "POST" else Unreachable
            raise problem("provider_host_refused", "The provider named an address that is not trusted.")
        url = request.url
        if not is_same_origin(url, self._base):
            path = self._base.raw_path.rstrip(b"/") + url.raw_path
            url = self._base.copy_with(raw_path=path)
        headers = request.headers.copy()
        headers.update(
            {
                "Host": url.netloc.decode("ascii"),
                "Authorization": f"Key {self._key}",
                "Accept-Encoding": "identity",
            }
        )
        return httpx.Request(request.method, url, headers=headers, stream=request.stream)

    def _send(self, request: httpx.Request, seconds: float) -> httpx.Response:
        transport = self._fresh if request.method == "POST" else self._kept
        with Deadline(seconds) as deadline:
            timeout = httpx.Timeout(seconds, connect=min(seconds, CONNECT_TIMEOUT))
            request.extensions = {"timeout": timeout.as_dict(), "trace": deadline.watch}
            response = transport.handle_request(request)
            try:
                body = read_bounded(response, max_bytes=MAX_ANSWER_BYTES, seconds=seconds)
            finally:
                response.close()
        return httpx.Response(response.status_code, headers=response.headers, content=body, request=request)


def read_object(body: bytes) -> Mapping[str, Any] | None:
    """The JSON object that the body is, or None."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def read_bounded(response: httpx.Response, *, max_bytes: int, seconds: float) -> bytes:
    """The body as it came. Raises AnswerTooLarge, or httpx.HTTPError when it is cut short.

    Compressed answers are refused, since a few bytes of them can stand for gigabytes; all requests ask for identity.
    """
    if response.headers.get("content-encoding", "identity") != "identity":
        raise AnswerTooLarge
    ends_at = time.monotonic() + seconds
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > max_bytes or time.monotonic() > ends_at:
            raise AnswerTooLarge
    return bytes(body)


def _never_connected(*, is_submit: bool) -> FalProblem:
    problem = NotSent if is_submit else Unreachable
    return problem("provider_unavailable", "The provider cannot be reached at the moment.")


def _no_usable_answer(*, is_submit: bool) -> FalProblem:
    if is_submit:
        return OutcomeUnknown("provider_unavailable", "The provider did not confirm that it received the job.")
    return Unreachable("provider_unavailable", "The provider gave no usable answer.")
