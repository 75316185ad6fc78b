"""Whatever goes wrong, a client gets problem+json that tells it what to do, and nothing else."""

import json

import pytest
from django.test import Client

from velro.api.problems import PROBLEM_MEDIA_TYPE

pytestmark = [pytest.mark.urls("tests.velro.api.specimens"), pytest.mark.django_db]

MEMBERS = {"type", "title", "status", "detail", "instance", "code", "request_id"}


@pytest.fixture
def http() -> Client:
    return Client(raise_request_exception=False)


def post(http: Client, body: bytes, content_type: str = "application/json") -> tuple[int, dict[str, object]]:
    response = http.post("/echo", body, content_type=content_type)
    return response.status_code, response.json()


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("get", "/nowhere", 404, "not_found"),
        ("delete", "/echo", 405, "method_not_allowed"),
        ("options", "/echo", 405, "method_not_allowed"),
        ("get", "/undeclared", 405, "method_not_allowed"),
        ("get", "/echo?colour=red", 400, "invalid_input"),
        ("get", "/echo?number=many", 400, "invalid_input"),
        ("get", "/echo?format=json", 400, "invalid_input"),
        ("get", "/fail/unknown", 500, "internal_error"),
        ("get", "/fail/database", 503, "service_unavailable"),
        ("get", "/fail/busy", 503, "service_unavailable"),
        ("get", "/plain", 500, "internal_error"),
    ],
)
def test_every_error_has_the_same_form(http: Client, method: str, path: str, status: int, code: str) -> None:
    response = getattr(http, method)(path)
    problem = response.json()
    assert response.headers["Content-Type"] == PROBLEM_MEDIA_TYPE
    assert (response.status_code, problem["status"], problem["code"]) == (status, status, code)
    assert set(problem) - {"errors"} == MEMBERS
    assert problem["request_id"] == response.headers["X-Request-ID"]
    assert problem["instance"] == path.partition("?")[0]
    assert "hunter2" not in response.text
    assert "10.1.2.3" not in response.text


def test_a_problem_carries_its_headers(http: Client) -> None:
    assert http.get("/fail/busy").headers["Retry-After"] == "7"
    assert http.delete("/echo").headers["Allow"] == "GET, POST"


def test_a_client_that_accepts_nothing_we_make_is_told(http: Client) -> None:
    response = http.get("/echo", headers={"accept": "text/html"})
    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"\xff\xfe",
        b'{"name": NaN}',
        b'{"name": 1e400}',
        b'{"name": ' + b"9" * 5000 + b"}",
        b'{"name": "\\ud800"}',
        b'{"name": "a", "name": "b"}',
        b'{"name": {"a": 1, "a": 2}}',
        b"[" * 100_000,
        b'{"name": ' + b"[" * 40 + b"]" * 40 + b"}",
    ],
)
def test_a_body_that_is_no_json_is_refused(http: Client, body: bytes) -> None:
    status, problem = post(http, body)
    assert (status, problem["code"]) == (400, "malformed_request")


def test_another_media_type_is_refused(http: Client) -> None:
    status, problem = post(http, b"name=a", "application/x-www-form-urlencoded")
    assert (status, problem["code"]) == (415, "unsupported_media_type")


def test_a_body_over_the_limit_is_refused(http: Client) -> None:
    status, problem = post(http, b'{"name": "' + b"a" * 1_100_000 + b'"}')
    assert (status, problem["code"]) == (413, "request_too_large")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/name", "required"),
        ({"name": "too long"}, "/name", "max_length"),
        ({"name": "a", "nmae": "b"}, "/nmae", "unknown_field"),
        ({"name": "a", "inner": {"size": 0}}, "/inner/size", "min_value"),
        ({"name": "a", "inner": {"size": 1, "a/b~": 1}}, "/inner/a~1b~0", "unknown_field"),
        ({"name": "a", "tags": ["ok", "long"]}, "/tags/1", "max_length"),
        ([], "", "invalid"),
        ("text", "", "invalid"),
    ],
)
def test_a_fault_of_the_input_is_pointed_at(http: Client, body: object, pointer: str, code: str) -> None:
    status, problem = post(http, json.dumps(body).encode())
    assert status == 400
    assert [(fault["pointer"], fault["code"]) for fault in problem["errors"]] == [(pointer, code)]  # type: ignore[attr-defined]


def test_a_good_request_is_answered_as_declared(http: Client) -> None:
    assert post(http, b'{"name": "a", "inner": {"size": 2}}') == (201, {"body": {"name": "a", "inner": {"size": 2}}})
    assert http.get("/echo?number=3").json() == {"body": {"number": 3}}
    assert http.head("/echo").status_code == 200


def test_a_hostile_host_is_a_problem_too(http: Client) -> None:
    response = http.get("/echo", headers={"host": "evil.example"})
    assert (response.status_code, response.json()["code"]) == (400, "malformed_request")
    assert "evil.example" not in response.text


def test_a_flood_of_faults_is_not_echoed(http: Client) -> None:
    _, problem = post(http, json.dumps({f"unknown{number}": 1 for number in range(500)}).encode())
    assert len(problem["errors"]) == 50  # type: ignore[arg-type]
