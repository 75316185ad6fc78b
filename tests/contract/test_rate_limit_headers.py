"""Every answer says which limits hold and what is left, and the document says so too."""

import re

import pytest
from rest_framework.test import APIClient

from tests.contract.routes import ROUTES, Route
from tests.support.published import operation_of

pytestmark = pytest.mark.django_db

CALLS = [pytest.param(route, method, id=f"{method} {route}") for route in ROUTES for method in route.methods]
ITEM = r'"[a-z_]+"'


@pytest.mark.parametrize(("route", "method"), CALLS)
def test_every_answer_shows_its_limits_unless_it_is_a_probe(client: APIClient, route: Route, method: str) -> None:
    answer = client.generic(method, route.path)

    if route.view.is_probe:
        assert "RateLimit" not in answer
    else:
        assert re.fullmatch(rf"({ITEM};q=\d+;w=\d+(, |$))+", answer["RateLimit-Policy"])
        assert re.fullmatch(rf"({ITEM};r=\d+;t=\d+(, |$))+", answer["RateLimit"])


@pytest.mark.parametrize(("route", "method"), CALLS)
def test_every_operation_documents_the_refusal_and_the_headers(route: Route, method: str) -> None:
    operation = operation_of(method, route.path)
    assert operation is not None
    responses = operation.definition["responses"]

    assert ("429" in responses) is not route.view.is_probe
    for status, response in responses.items():
        if status.startswith("2"):
            assert ("RateLimit" in response["headers"]) is not route.view.is_probe


def test_some_routes_are_probes_and_most_are_not() -> None:
    assert {route.template for route in ROUTES if route.view.is_probe} == {
        "/api/v1/health/live",
        "/api/v1/health/ready",
    }
