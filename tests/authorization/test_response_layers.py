"""Layers 9 and 10 look at everything that leaves."""

import base64
import hashlib

import pytest
from django.test import Client

from authorization.deliberation import Delivery
from authorization.layers.final import LeakPrevented, inspect
from tests.velro.api.specimens import LEAKS

pytestmark = pytest.mark.urls("tests.velro.api.specimens")

EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Permitted-Cross-Domain-Policies": "none",
    "Cache-Control": "no-store, max-age=0",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}


@pytest.fixture
def http() -> Client:
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("path", ["/echo", "/nowhere", "/fail/unknown", "/plain", "/leak/key"])
def test_every_answer_carries_the_headers(http: Client, path: str) -> None:
    headers = http.get(path).headers
    assert {name: headers.get(name) for name in EXPECTED} == EXPECTED
    assert "camera=()" in headers["Permissions-Policy"]
    assert not {"Server", "X-Powered-By"} & set(headers)


@pytest.mark.parametrize("name", LEAKS)
def test_a_leak_is_stopped(http: Client, name: str) -> None:
    response = http.get(f"/leak/{name}")
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert LEAKS[name][:20] not in response.text


@pytest.mark.parametrize("name", LEAKS)
def test_a_persons_own_text_is_theirs_to_see(name: str) -> None:
    success = Delivery(201, "application/json", {}, LEAKS[name].encode())
    assert inspect(success).body == success.body


def test_an_address_that_looks_like_a_leak_is_simply_not_found(http: Client) -> None:
    response = http.get("/-----BEGIN PRIVATE KEY-----")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_a_digest_is_given_where_asked(http: Client) -> None:
    response = http.get("/echo", headers={"want-repr-digest": "sha-256=1"})
    digest = base64.b64encode(hashlib.sha256(response.content).digest()).decode()
    assert response.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert "Repr-Digest" not in http.get("/echo").headers


@pytest.mark.parametrize("header", [("X-Title", "a\r\nSet-Cookie: b"), ("X-Ti\ntle", "a"), ("X-Title", "a\0b")])
def test_an_injected_header_is_stopped(header: tuple[str, str]) -> None:
    with pytest.raises(LeakPrevented):
        inspect(Delivery(200, "application/json", dict([header]), b"{}"))
