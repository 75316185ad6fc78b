"""Both doors, asked as the web server asks: with a WSGI environment."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final
from wsgiref.types import WSGIApplication

from django.core.handlers.wsgi import WSGIHandler
from django.test import RequestFactory

from accounts.models import User
from accounts.services.sessions import Device, open_session
from accounts.services.signing_keys import require_signing_key
from accounts.tokens import issue_pair
from authorization.fast_door.door import FastDoor
from authorization.freshness.listener import LISTENER
from authorization.registry import registry
from tests.authorization.freshness.conftest import eventually, has_new_lease

ADDRESS: Final = "198.51.100.7"
AGENT: Final = "Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0"
READ: Final = b'{"action":"read"}'
COUNTS: Final = re.compile(r"(?<=r=|t=)[0-9]+")


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, without what differs from one answer to the next."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: Any

    @property
    def code(self) -> int:
        """The status as a number."""
        return int(self.status.split()[0])


@cache
def django_door() -> WSGIApplication:
    """Django alone."""
    return WSGIHandler()


def new_fast_door() -> FastDoor:
    """One that has not learned anything."""
    return FastDoor(django_door(), routes=registry.decision_routes)


def token_of(user: User) -> str:
    """An access token of a new session, opened from where `ask` comes."""
    return issue_pair(open_session(user, device=Device(ADDRESS, AGENT)), key=require_signing_key()).access


def ask(
    door: WSGIApplication, token: str | None, generation: object, body: bytes = READ, /, **extra: str | None
) -> Reply:
    """One question. `extra` changes the environment; None leaves a name out."""
    return ask_at(door, token, f"/api/v1/generations/{generation}/authorize", body, **extra)


def ask_at(door: WSGIApplication, token: str | None, path: str, body: bytes, /, **extra: str | None) -> Reply:
    """The same at any address."""
    environ = RequestFactory().generic("POST", path, body).environ
    shown = {"CONTENT_TYPE": "application/json", "REMOTE_ADDR": ADDRESS, "HTTP_USER_AGENT": AGENT}
    if token is not None:
        shown["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    environ |= shown | extra
    return send(door, {name: value for name, value in environ.items() if value is not None})


def send(door: WSGIApplication, environ: dict[str, Any]) -> Reply:
    """What the door answers."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []
    pieces = door(environ, lambda status, headers, *_: begun.append((status, headers)))  # type: ignore[arg-type]  # nobody writes
    body = json.loads(b"".join(pieces) or b"null")
    getattr(pieces, "close", lambda: None)()
    ((status, headers),) = begun
    return Reply(status, tuple(sorted(_constant(dict(headers)).items())), _lasting(body))


def ask_from_memory(door: FastDoor, token: str, generation: object, body: bytes = READ, /) -> Reply:
    """The answer that Django did not give any more. Raises AssertionError when it gives all."""
    return ask_from_memory_at(door, token, f"/api/v1/generations/{generation}/authorize", body)


def ask_from_memory_at(door: FastDoor, token: str, path: str, body: bytes, /) -> Reply:
    """The same at any address."""
    for _ in range(10):
        assert eventually(lambda: has_new_lease(LISTENER))
        before = door.replayed
        reply = ask_at(door, token, path, body)
        if door.replayed > before:
            return reply
    raise AssertionError("ten times, Django was asked")


def _constant(headers: Mapping[str, str]) -> dict[str, str]:
    """The id of the request, counts and lengths are their own each time, but always there."""
    own = dict.fromkeys(("X-Request-ID", "Content-Length", "Repr-Digest"), "")
    own["RateLimit"] = COUNTS.sub("0", headers.get("RateLimit", ""))
    return {name: own.get(name, value) for name, value in headers.items()}


def _lasting(body: Any) -> Any:
    if isinstance(body, dict):
        return {name: value for name, value in body.items() if name not in {"response_time_ms", "request_id"}}
    return body
