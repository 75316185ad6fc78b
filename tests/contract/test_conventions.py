"""The conventions that hold everywhere, tried on every route of the URL map."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from accounts.models import User
from authorization.authzen.forward_views import ForwardedPathView
from authorization.authzen.views import AccessView
from tests.contract.routes import ID, ROUTES, Route
from velro.api.negotiation import OneRepresentation

pytestmark = pytest.mark.django_db

VERSION_1 = "a7f1c2d4-87c1-11ef-9c3b-0242ac120002"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")
CALLS = [pytest.param(route, method, id=f"{method} {route}") for route in ROUTES for method in route.methods]
PROTECTED = [
    pytest.param(route, method, id=f"{method} {route}") for route in ROUTES for method in route.protected_methods
]
INPUTS = [
    pytest.param(route, method, id=f"{method} {route}")
    for route in ROUTES
    for method in route.methods
    if method.lower() in route.view.inputs
]
# AuthZEN has its own rules for the form of a body; tests/contract/authzen holds them.
STRICT_INPUTS = [
    pytest.param(route, method, id=f"{method} {route}")
    for route in ROUTES
    for method in route.methods
    if method.lower() in route.view.inputs and not issubclass(route.view, AccessView)
]
each_route = pytest.mark.parametrize("route", ROUTES, ids=str)
each_call = pytest.mark.parametrize(("route", "method"), CALLS, ids=str)
each_input = pytest.mark.parametrize(("route", "method"), INPUTS, ids=str)
each_strict_input = pytest.mark.parametrize(("route", "method"), STRICT_INPUTS, ids=str)


def send(client: APIClient, method: str, path: str, body: str = "", **options: Any) -> Any:
    return client.generic(method, path, body, **{"content_type": "application/json", **options})


def assert_problem(response: Any, status: int, code: str) -> dict[str, Any]:
    problem: dict[str, Any] = response.json()
    assert (response.status_code, problem["code"], problem["status"]) == (status, code, status)
    assert response["Content-Type"] == "application/problem+json"
    assert problem["type"].endswith(f"/{code}")
    assert problem["request_id"] == response["X-Request-ID"]
    return problem


def pointers(problem: dict[str, Any]) -> dict[str, str]:
    return {fault["pointer"]: fault["code"] for fault in problem["errors"]}


class TestMethods:
    @each_route
    def test_what_is_not_declared_is_refused_with_what_is(self, client: APIClient, route: Route) -> None:
        for method in set(METHODS) - set(route.methods):
            response = send(client, method, route.path)

            assert_problem(response, 405, "method_not_allowed")
            assert set(re.split(", ?", response["Allow"])) == set(route.methods)

    @pytest.mark.parametrize("route", [route for route in ROUTES if "GET" in route.methods], ids=str)
    def test_head_answers_as_get_without_a_body(self, client: APIClient, route: Route) -> None:
        head, get = client.head(route.path), client.get(route.path)

        assert head.status_code == get.status_code
        assert head.content == b""


class TestAddresses:
    @pytest.mark.parametrize("route", [route for route in ROUTES if route.view is not ForwardedPathView], ids=str)
    def test_a_trailing_slash_is_another_address(self, client: APIClient, route: Route) -> None:
        assert_problem(client.get(f"{route.path}/"), 404, "not_found")

    @pytest.mark.parametrize("route", [route for route in ROUTES if route.has_id], ids=str)
    @pytest.mark.parametrize(
        "text", [ID.upper(), f"{{{ID}}}", str(UUID(int=0)), VERSION_1, ID.replace("-", ""), f"urn:uuid:{ID}", "1"]
    )
    def test_an_id_in_another_form_is_nothing(self, client: APIClient, route: Route, text: str) -> None:
        for method in route.methods:
            problem = assert_problem(send(client, method, route.with_id(text)), 404, "not_found")

            assert problem["detail"] == "Nothing was found here."


class TestIdentity:
    @pytest.mark.parametrize(("route", "method"), PROTECTED, ids=str)
    @pytest.mark.parametrize(
        ("headers", "code"),
        [
            ({}, "authentication_required"),
            ({"Authorization": "Bearer nonsense"}, "token_invalid"),
            ({"Authorization": "Basic bm9uc2Vuc2U="}, "token_invalid"),
            ({"Authorization": "Bearer"}, "token_invalid"),
        ],
        ids=["nothing", "nonsense", "basic", "empty"],
    )
    def test_who_is_not_signed_in_is_refused(
        self, route: Route, method: str, headers: dict[str, str], code: str
    ) -> None:
        response = send(APIClient(), method, route.path, headers=headers)

        assert_problem(response, 401, code)
        assert response["WWW-Authenticate"].startswith("Bearer ")


class TestRequestId:
    @each_route
    def test_an_acceptable_one_is_answered(self, client: APIClient, route: Route) -> None:
        response = client.generic(route.methods[0], route.path, headers={"X-Request-ID": "Order.5_a-b"})

        assert response["X-Request-ID"] == "Order.5_a-b"

    @pytest.mark.parametrize("offered", ["", "a b", "x" * 129, "a\tb", "é", "a;b"])
    def test_any_other_is_replaced(self, client: APIClient, offered: str) -> None:
        response = client.get("/api/v1/users/profile", headers={"X-Request-ID": offered})

        assert re.fullmatch(r"[0-9a-f]{32}", response["X-Request-ID"])


class TestNegotiation:
    @each_call
    def test_only_json_can_be_had(self, client: APIClient, route: Route, method: str) -> None:
        if route.view.content_negotiation_class is not OneRepresentation:
            assert_problem(send(client, method, route.path, headers={"Accept": "text/html"}), 406, "not_acceptable")

    @each_strict_input
    @pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
    def test_only_json_is_read(self, client: APIClient, route: Route, method: str, media_type: str) -> None:
        response = send(client, method, route.path, "a=1", content_type=media_type)

        assert_problem(response, 415, "unsupported_media_type")


class TestInput:
    @each_call
    def test_an_unknown_query_parameter_is_pointed_at(self, client: APIClient, route: Route, method: str) -> None:
        response = send(client, method, f"{route.path}?nowhere=1")

        if route.view.is_query_ignored:
            assert response.status_code == send(client, method, route.path).status_code
        else:
            problem = assert_problem(response, 400, "invalid_input")
            assert pointers(problem) == {"?nowhere": "unknown_parameter"}

    def test_a_query_parameter_that_is_empty_or_repeated_is_pointed_at(self, client: APIClient) -> None:
        for route in ROUTES:
            for name in route.view.queries["get"]().fields if "get" in route.view.queries else ():
                empty = assert_problem(client.get(f"{route.path}?{name}="), 400, "invalid_input")
                repeated = assert_problem(client.get(f"{route.path}?{name}=1&{name}=1"), 400, "invalid_input")

                assert (pointers(empty), pointers(repeated)) == (
                    {f"?{name}": "blank"},
                    {f"?{name}": "repeated_parameter"},
                )

    @pytest.mark.parametrize(
        ("path", "body", "pointer"),
        [
            ("/api/v1/auth/login", {"email": 5, "password": "x"}, "/email"),
            ("/api/v1/auth/register", {"email": "a@b.test", "password": "x" * 20, "display_name": 0}, "/display_name"),
            ("/api/v1/generations", {"model": "x", "input": {}, "tags": ["a", 5]}, "/tags/1"),
        ],
    )
    def test_a_number_is_no_text(self, client: APIClient, path: str, body: dict[str, Any], pointer: str) -> None:
        problem = assert_problem(client.post(path, body, format="json"), 400, "invalid_input")

        assert pointers(problem) == {pointer: "invalid"}

    @each_strict_input
    def test_an_unknown_field_is_pointed_at(self, client: APIClient, route: Route, method: str) -> None:
        problem = assert_problem(send(client, method, route.path, '{"no/where": 1}'), 400, "invalid_input")

        assert pointers(problem)["/no~1where"] == "unknown_field"

    @each_input
    @pytest.mark.parametrize("body", ['{"a": 1, "a": 2}', "[", '{"a": NaN}', "[" * 40 + "]" * 40], ids=str)
    def test_a_body_that_can_be_read_in_two_ways_or_none_is_refused(
        self, client: APIClient, route: Route, method: str, body: str
    ) -> None:
        assert_problem(send(client, method, route.path, body), 400, "malformed_request")

    @each_input
    def test_a_body_that_is_no_object_is_refused(self, client: APIClient, route: Route, method: str) -> None:
        for body in ("[]", "null", "5", '"text"'):
            assert_problem(send(client, method, route.path, body), 400, "invalid_input")

    @each_input
    def test_a_body_over_the_limit_is_refused(self, client: APIClient, route: Route, method: str) -> None:
        body = '{"a": "' + "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + '"}'

        assert_problem(send(client, method, route.path, body), 413, "request_too_large")


def test_ids_and_times_have_one_form(client: APIClient, person: User) -> None:
    profile = client.get("/api/v1/users/profile").json()

    assert profile["id"] == str(person.id)
    assert UUID(profile["id"]).version == 4
    assert profile["created_at"].endswith("Z")
    assert datetime.fromisoformat(profile["created_at"]) == person.created_at


def test_every_list_has_the_same_form(client: APIClient) -> None:
    for route in ROUTES:
        # Of nobody's resource there is no list; the tests of each feature meet those.
        if not route.has_id and any(answer.is_list for answer in [route.view.outputs.get("get")] if answer):
            page = client.get(route.path, {"limit": 1}).json()

            assert set(page) == {"results", "next", "previous"}
            for limit in ("0", "101", "x"):
                problem = assert_problem(client.get(route.path, {"limit": limit}), 400, "invalid_input")
                assert set(pointers(problem)) == {"?limit"}
