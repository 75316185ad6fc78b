"""What a request shows of itself, as far as the answer to a question can depend on it."""

import re
from collections.abc import Container
from io import BytesIO
from typing import Any, Final, NamedTuple

from authorization.facts import Attempt
from velro.observability.client_address import client_address_of
from velro.observability.client_device import LONGEST_ACCEPT_LANGUAGE, LONGEST_USER_AGENT

# No single question takes more, and no thousand of them.
LENGTHS_OF_ONE: Final = frozenset(str(length) for length in range(1, 513))
LONGEST: Final = 256 * 1024
SPELLED_LENGTH: Final = re.compile("[1-9][0-9]{0,6}")
MEDIA_TYPES: Final = frozenset(
    {"application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"}
)
# Spellings of programs that take JSON; whoever asks in another way is answered by Django.
ACCEPTED: Final = frozenset({None, "*/*", "application/json", "application/json, text/plain, */*"})
BEARER: Final = "Bearer "
# A named tuple's own constructor is written in Python, and takes twice as long.
_new: Final = tuple.__new__


class Client(NamedTuple):
    """Who speaks, and from where."""

    authorization: str
    peer: str
    forwarded_for: str
    user_agent: str
    accept_language: str
    host: str


class Shown(NamedTuple):
    """A whole request."""

    client: Client
    path: str
    body: bytes
    request_id: str | None


class Lengths:
    """Of all bodies up to the longest, as a header spells them."""

    def __contains__(self, spelled: object) -> bool:
        return isinstance(spelled, str) and bool(SPELLED_LENGTH.fullmatch(spelled)) and int(spelled) <= LONGEST


def shown_in(
    environ: dict[str, Any], *, endings: tuple[str, ...], lengths: Container[object] = LENGTHS_OF_ONE
) -> Shown | None:
    """What asks a question, at a path with one of these `endings`, in a body of one of these `lengths`.

    None for a request that does not, or shows more, such as a query string.

    The body that was read is put back for whoever reads it next.
    """
    get = environ.get
    path = environ["PATH_INFO"]
    if (
        environ["REQUEST_METHOD"] != "POST"
        or not path.endswith(endings)
        or get("CONTENT_LENGTH") not in lengths
        or get("CONTENT_TYPE") not in MEDIA_TYPES
        or get("HTTP_ACCEPT") not in ACCEPTED
        or get("QUERY_STRING")
        or "HTTP_TRANSFER_ENCODING" in environ
        or "HTTP_WANT_REPR_DIGEST" in environ
        or get("HTTP_COOKIE")
    ):
        return None
    body = environ["wsgi.input"].read()
    environ["wsgi.input"] = BytesIO(body)
    client = _new(
        Client,
        (
            get("HTTP_AUTHORIZATION", ""),
            get("REMOTE_ADDR", ""),
            get("HTTP_X_FORWARDED_FOR", ""),
            get("HTTP_USER_AGENT", ""),
            get("HTTP_ACCEPT_LANGUAGE", ""),
            get("HTTP_HOST", ""),
        ),
    )
    return _new(Shown, (client, path, body, get("HTTP_X_REQUEST_ID")))


def attempt_of(client: Client) -> Attempt | None:
    """The same as the layers see it; None for a token that is not shown in the usual way."""
    if not client.authorization.startswith(BEARER):
        return None
    return Attempt(
        client_address=client_address_of({"REMOTE_ADDR": client.peer, "HTTP_X_FORWARDED_FOR": client.forwarded_for}),
        user_agent=client.user_agent[:LONGEST_USER_AGENT],
        token=client.authorization.removeprefix(BEARER),
        accept_language=client.accept_language[:LONGEST_ACCEPT_LANGUAGE],
    )
