"""The sub-levels of the AuthZEN 1.0 certification scenario, over HTTP, as a policy enforcement point with a key."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.contract.authzen.questions import (
    ACTIONS,
    ENDPOINTS,
    EVALUATION,
    EVALUATIONS,
    QUESTION,
    RESOURCES,
    SUBJECTS,
    action,
    ask,
    record,
    send,
    user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("records")]

ALICE, BOB, ADMIN_BOB = user("alice"), user("bob"), user("bob", role="admin")
READ, WRITE = action("read"), action("write")
ACTIVE, ARCHIVED = record("record-1"), record("record-2", status="archived")
SEARCH_BODIES = {SUBJECTS: QUESTION, RESOURCES: QUESTION, ACTIONS: {"subject": ALICE, "resource": ACTIVE}}
BODIES = {EVALUATION: QUESTION, EVALUATIONS: {**QUESTION, "evaluations": [{}]}, **SEARCH_BODIES}
MALFORMED = ["", "{", "[]", "null", '"text"', "5", '{"subject": {"type": "user"', '{"subject": 1, "subject": 2}']


def found(answer: dict[str, Any]) -> set[str]:
    return {result.get("id") or result["name"] for result in answer["results"]}


class TestCore:
    @pytest.mark.parametrize(
        ("subject", "act", "is_allowed"),
        [(ALICE, READ, True), (ALICE, WRITE, True), (BOB, READ, True), (BOB, WRITE, False)],
    )
    def test_by_ids_alone(self, service: APIClient, subject: Any, act: Any, *, is_allowed: bool) -> None:
        body = {"subject": subject, "action": act, "resource": ACTIVE}
        assert ask(service, EVALUATION, body) == {"decision": is_allowed}

    @pytest.mark.parametrize(
        ("subject", "act", "resource", "is_allowed"),
        [
            (ALICE, WRITE, record("record-1", status="archived"), False),
            (ADMIN_BOB, WRITE, record("record-1", status="archived"), True),
            (ALICE, action("delete", soft=True), ACTIVE, True),
            (ALICE, action("delete", soft=False), ACTIVE, False),
        ],
    )
    def test_by_properties(
        self, service: APIClient, subject: Any, act: Any, resource: Any, *, is_allowed: bool
    ) -> None:
        body = {"subject": subject, "action": act, "resource": resource}
        assert ask(service, EVALUATION, body) == {"decision": is_allowed}

    @pytest.mark.parametrize("part", ["subject", "action", "resource"])
    def test_each_required_part_and_its_members_are_required(self, service: APIClient, part: str) -> None:
        whole = {name: value for name, value in QUESTION.items() if name != part}
        assert send(service, EVALUATION, whole).status_code == 400
        for member in QUESTION[part]:
            rest = {name: value for name, value in QUESTION[part].items() if name != member}
            assert send(service, EVALUATION, {**whole, part: rest}).status_code == 400

    @pytest.mark.parametrize(
        "wrong",
        [
            {"subject": "alice"},
            {"subject": None},
            {"subject": []},
            {"subject": {"type": "user", "id": 5}},
            {"subject": {"type": "user", "id": "alice", "properties": "none"}},
            {"action": {"name": 123}},
            {"action": {"name": True}},
            {"action": "read"},
            {"resource": {"type": ["record"], "id": "record-1"}},
            {"context": "now"},
            {"context": []},
        ],
        ids=str,
    )
    def test_values_of_another_type_are_refused(self, service: APIClient, wrong: dict[str, Any]) -> None:
        assert send(service, EVALUATION, {**QUESTION, **wrong}).status_code == 400

    def test_what_the_specification_does_not_know_is_ignored(self, service: APIClient) -> None:
        body = {
            "subject": {**user("alice", department="sales", nested={"a": [1, None]}), "note": 1},
            "action": {**action("read", via="app"), "note": None},
            "resource": {**record("record-1", library=["x"]), "note": {}},
            "context": {"time": "2025-06-27T18:03-07:00"},
            "futureField": {"anything": [1, 2, 3]},
        }
        assert ask(service, EVALUATION, body) == {"decision": True}

    def test_the_same_question_has_the_same_answer(self, service: APIClient) -> None:
        answers = [send(service, EVALUATION, QUESTION).content for _ in range(3)]
        assert len(set(answers)) == 1

    @pytest.mark.parametrize(
        "unknown",
        [
            {"subject": user("carol")},
            {"subject": {"type": "robot", "id": "alice"}},
            {"action": action("fly")},
            {"resource": record("record-9")},
            {"resource": {"type": "planet", "id": "record-1"}},
            {"resource": {"type": "x" * 1000, "id": "y" * 1000}},
        ],
        ids=lambda unknown: str(unknown)[:60],
    )
    def test_what_is_unknown_is_denied(self, service: APIClient, unknown: dict[str, Any]) -> None:
        assert ask(service, EVALUATION, {**QUESTION, **unknown}) == {"decision": False}


class TestTransport:
    @pytest.mark.parametrize("path", ENDPOINTS)
    @pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
    def test_another_media_type_is_a_bad_request(self, service: APIClient, path: str, media_type: str) -> None:
        answer = send(service, path, BODIES[path], content_type=media_type)
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")

    def test_the_media_type_may_name_its_characters(self, service: APIClient) -> None:
        answer = send(service, EVALUATION, QUESTION, content_type="application/json; charset=utf-8")
        assert answer.json() == {"decision": True}

    @pytest.mark.parametrize("path", ENDPOINTS)
    @pytest.mark.parametrize("body", MALFORMED)
    def test_a_body_that_is_no_question_is_a_bad_request(self, service: APIClient, path: str, body: str) -> None:
        assert send(service, path, body).status_code == 400

    @pytest.mark.parametrize("path", ENDPOINTS)
    def test_the_request_id_is_answered_on_success_and_on_error(self, service: APIClient, path: str) -> None:
        headers = {"X-Request-ID": "bfe9eb29-ab87-4ca3-be83-a1d5d8305716"}
        for client, body, status in (
            (service, BODIES[path], 200),
            (service, "{", 400),
            (APIClient(), BODIES[path], 401),
        ):
            answer = send(client, path, body, headers=headers)
            assert (answer.status_code, answer["X-Request-ID"]) == (status, headers["X-Request-ID"])

    @pytest.mark.parametrize("path", ENDPOINTS)
    def test_a_request_without_an_id_gets_one(self, service: APIClient, path: str) -> None:
        assert send(service, path, BODIES[path])["X-Request-ID"]


class TestSearch:
    @pytest.mark.parametrize(
        ("path", "body", "expected"),
        [
            (SUBJECTS, {"subject": {"type": "user"}, "action": READ, "resource": ACTIVE}, {"alice", "bob"}),
            (RESOURCES, {"subject": ALICE, "action": READ, "resource": {"type": "record"}}, {"record-1", "record-2"}),
            (ACTIONS, {"subject": ALICE, "resource": ACTIVE}, {"read", "write"}),
            (SUBJECTS, {"subject": {"type": "user"}, "action": WRITE, "resource": ARCHIVED}, {"bob"}),
            (RESOURCES, {"subject": ADMIN_BOB, "action": WRITE, "resource": {"type": "record"}}, {"record-2"}),
            (ACTIONS, {"subject": ADMIN_BOB, "resource": ARCHIVED}, {"read", "write"}),
        ],
    )
    def test_what_is_found(self, service: APIClient, path: str, body: dict[str, Any], expected: set[str]) -> None:
        assert found(ask(service, path, body)) == expected

    def test_results_have_the_form_of_entities(self, service: APIClient) -> None:
        assert ask(service, SUBJECTS, QUESTION)["results"][0] == {"type": "user", "id": "alice"}
        assert ask(service, RESOURCES, QUESTION)["results"][0] == {"type": "record", "id": "record-1"}
        assert ask(service, ACTIONS, QUESTION)["results"][0] == {"name": "read"}

    def test_the_id_of_what_is_looked_for_is_ignored(self, service: APIClient) -> None:
        for searched in ({"type": "user", "id": "carol"}, {"type": "user", "id": 5}, {"type": "user"}):
            assert found(ask(service, SUBJECTS, {**QUESTION, "subject": searched})) == {"alice", "bob"}
        for searched in ({"type": "record", "id": "record-9"}, {"type": "record"}):
            assert found(ask(service, RESOURCES, {**QUESTION, "resource": searched})) == {"record-1", "record-2"}

    @pytest.mark.parametrize("path", [SUBJECTS, RESOURCES, ACTIONS])
    @pytest.mark.parametrize(
        "unknown",
        [
            {"resource": {"type": "planet", "id": "earth"}},
            {"subject": {"type": "robot", "id": "alice"}},
        ],
    )
    def test_an_unknown_type_finds_nothing(self, service: APIClient, path: str, unknown: dict[str, Any]) -> None:
        assert ask(service, path, {**SEARCH_BODIES[path], **unknown}) == {"results": [], "page": {"next_token": ""}}

    def test_an_unknown_id_finds_nothing(self, service: APIClient) -> None:
        assert ask(service, SUBJECTS, {**QUESTION, "resource": record("record-9")})["results"] == []
        assert ask(service, RESOURCES, {**QUESTION, "subject": user("carol")})["results"] == []
        assert ask(service, ACTIONS, {**QUESTION, "subject": user("carol")})["results"] == []

    def test_what_one_endpoint_takes_another_may_refuse(self, service: APIClient) -> None:
        without_action = {"subject": ALICE, "resource": ACTIVE}
        without_subject_id = {**QUESTION, "subject": {"type": "user"}}
        assert send(service, ACTIONS, without_action).status_code == 200
        assert send(service, SUBJECTS, without_action).status_code == 400
        assert send(service, SUBJECTS, without_subject_id).status_code == 200
        assert send(service, RESOURCES, without_subject_id).status_code == 400
        assert send(service, ACTIONS, without_subject_id).status_code == 400
        assert send(service, RESOURCES, {**QUESTION, "resource": {"type": "record"}}).status_code == 200
        assert send(service, SUBJECTS, {**QUESTION, "resource": {"type": "record"}}).status_code == 400

    @pytest.mark.parametrize("path", [SUBJECTS, RESOURCES, ACTIONS])
    def test_a_page_may_be_asked_for(self, service: APIClient, path: str) -> None:
        body = {**SEARCH_BODIES[path], "page": {"limit": 10, "properties": {"sort": "name"}}}
        assert ask(service, path, body)["page"] == {"next_token": ""}
