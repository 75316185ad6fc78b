"""Layers 9 and 10 look at everything that leaves."""

import base64
import hashlib
from collections.abc import Mapping

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from authorization.deliberation import Delivery
from authorization.layers.final import LeakPrevented, inspect
from authorization.pipeline import DELIVERY, run
from tests.velro.api.specimens import LEAKS

pytestmark = pytest.mark.urls("tests.velro.api.specimens")

EXPECTED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Origin-Agent-Cluster": "?1",
    "X-DNS-Prefetch-Control": "off",
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
    assert {"camera=()", "geolocation=()", "unload=()"} <= set(headers["Permissions-Policy"].split(", "))
    assert {"Origin", "Accept", "Authorization"} <= set(headers["Vary"].split(", "))
    assert not {"Server", "X-Powered-By", "Strict-Transport-Security"} & set(headers)


def delivered(delivery: Delivery) -> Mapping[str, str]:
    """The headers that leave."""
    return run(DELIVERY, delivery).headers


def test_where_people_work_only_tls_is_spoken(settings: Settings) -> None:
    settings.SECURE_HSTS_SECONDS = 63_072_000
    page, answer = (delivered(Delivery(200, kind, {"Content-Type": kind}, b"")) for kind in ("text/html", "x/y"))

    assert (
        page["Strict-Transport-Security"]
        == answer["Strict-Transport-Security"]
        == "max-age=63072000; includeSubDomains"
    )
    assert page["Content-Security-Policy"].endswith("; upgrade-insecure-requests")
    assert "upgrade-insecure-requests" not in answer["Content-Security-Policy"]


def test_a_page_keeps_the_referrer_for_its_own_forms() -> None:
    page = delivered(Delivery(200, "text/html", {"Content-Type": "text/html"}, b""))

    assert page["Referrer-Policy"] == "same-origin"
    assert page["Content-Type"] == "text/html; charset=utf-8"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


def test_what_a_view_varies_by_is_kept() -> None:
    headers = {"Content-Type": "application/json", "Vary": "Cookie, accept"}

    assert (
        delivered(Delivery(200, "application/json", headers, b"{}"))["Vary"] == "Cookie, accept, Origin, Authorization"
    )


def test_a_stricter_value_of_a_view_wins() -> None:
    headers = {"Content-Type": "image/png", "Content-Security-Policy": "sandbox"}

    assert delivered(Delivery(200, "image/png", headers, b""))["Content-Security-Policy"] == "sandbox"


@pytest.mark.parametrize(
    "name",
    ["Server", "server", "Via", "X-Powered-By", "X-Powered-By-Plesk", "SourceMap", "X-SourceMap", "X-AspNet-Version",
     "X-AspNetMvc-Version", "X-B3-TraceId", "X-Envoy-Upstream-Service-Time", "X-Kong-Proxy-Latency", "X-Runtime",
     "X-Generator", "X-Datadog-Trace-Id", "X-Php-Version", "X-Varnish-Server", "X-Backend-Server"],
)  # fmt: skip
def test_what_tells_of_the_inside_is_taken_out(name: str) -> None:
    assert set(inspect(Delivery(200, "application/json", {name: "1", "X-Request-ID": "a"}, b"{}")).headers) == {
        "X-Request-ID",
        "Content-Length",
    }


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


@pytest.mark.parametrize(
    ("body", "headers", "length"),
    [(b"{}", {}, "2"), (b"", {}, None), (None, {}, None), (b"{}", {"Content-Length": "9"}, "9")],
    ids=["a body", "none", "a stream", "one that is known"],
)
def test_an_answer_says_how_long_it_is(body: bytes | None, headers: dict[str, str], length: str | None) -> None:
    assert inspect(Delivery(200, "application/json", headers, body)).headers.get("Content-Length") == length
