"""The check that every other test's answers go through notices what it is there to notice."""

import json
from typing import Any

import pytest
from django.http import HttpResponse
from rest_framework.test import APIClient

from tests.support.answers import EXERCISE, Exercise, check_accepted_input, check_answer
from tests.support.published import document, faults_of, operation_of, operations

LIVE = "/api/v1/health/live"
HEALTHY = {"status": "ok", "version": "1"}
IDENTIFIED = {"X-Request-ID": "a"}


def answer_of(
    body: Any, *, status: int = 200, media_type: str = "application/json", headers: dict[str, str] = IDENTIFIED
) -> HttpResponse:
    return HttpResponse(json.dumps(body), status=status, content_type=media_type, headers=headers)


def test_an_answer_as_documented_passes() -> None:
    operation = check_answer("GET", LIVE, answer=answer_of(HEALTHY))

    assert operation is not None
    assert operation.id == "getLiveness"


@pytest.mark.parametrize(
    ("path", "answer", "complaint"),
    [
        (LIVE, answer_of(HEALTHY | {"uptime": 5}), "uptime"),
        (LIVE, answer_of({"status": "ok"}), "version"),
        (LIVE, answer_of(HEALTHY | {"status": "fine"}), "fine"),
        (LIVE, answer_of(HEALTHY, status=201), "answered 201"),
        (LIVE, answer_of(HEALTHY, status=503), "application/problem"),
        (LIVE, answer_of(HEALTHY, headers={}), "lacks X-Request-ID"),
        (LIVE, answer_of(HEALTHY, media_type="text/html"), "is text/html"),
        ("/api/v1/nowhere", answer_of(HEALTHY), "not documented"),
        ("/api/v1/nowhere", answer_of(HEALTHY, status=404), "is application/json"),
    ],
)
def test_an_answer_unlike_the_document_is_noticed(path: str, answer: HttpResponse, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        check_answer("GET", path, answer=answer)


def test_an_accepted_body_that_the_document_forbids_is_noticed() -> None:
    operation = operation_of("POST", "/api/v1/auth/refresh")
    assert operation is not None

    with pytest.raises(AssertionError, match="refresh accepted"):
        check_accepted_input(operation, body=b'{"refresh": "x", "more": 1}')


@pytest.mark.parametrize(("time", "is_good"), [("2026-01-02T03:04:05Z", True), ("2026-01-02T03:04:05+01:00", False)])
def test_only_times_in_utc_pass(time: str, is_good: bool) -> None:  # noqa: FBT001 - a row of the table above
    assert (faults_of(time, {"type": "string", "format": "date-time"}) == []) is is_good


def test_every_client_of_a_test_is_watched() -> None:
    EXERCISE.seen.discard("getLiveness 2xx")

    APIClient().get(LIVE)

    assert "getLiveness 2xx" in EXERCISE.seen


def test_an_operation_that_was_only_refused_counts_as_unseen() -> None:
    exercise = Exercise()
    for operation in operations():
        exercise.record(operation, 401 if operation.id == "logout" else 200)

    assert not exercise.judge()
    assert exercise.unseen == ["logout"]


def test_every_tag_is_described_and_every_operation_has_words() -> None:
    described = {tag["name"] for tag in document()["tags"]}

    for operation in operations():
        assert set(operation.definition["tags"]) <= described, operation.id
        assert operation.definition["summary"], operation.id


def test_examples_are_what_they_illustrate() -> None:
    checked = 0
    for operation in operations():
        body = operation.definition.get("requestBody", {}).get("content", {}).get("application/json", {})
        for example in body.get("examples", {}).values():
            assert faults_of(example["value"], body["schema"]) == [], operation.id
            checked += 1

    assert checked > 3
