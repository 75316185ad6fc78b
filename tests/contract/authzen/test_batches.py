"""Several questions at once: their order, what they inherit, and where the answers stop."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.contract.authzen.questions import EVALUATION, EVALUATIONS, QUESTION, action, ask, record, send, user
from tests.contract.authzen.records import RecordPolicy

pytestmark = pytest.mark.django_db

YES: dict[str, Any] = {"action": action("read")}
NO: dict[str, Any] = {"action": action("fly")}
UNREADABLE: list[dict[str, Any]] = [
    {"resource": {"type": "record"}},
    {"resource": {}},
    {"subject": "alice"},
    {"action": {"name": 123}},
    {"action": None},
    {"context": 5},
]


def decisions(service: APIClient, *items: dict[str, Any], semantic: str | None = None, **body: Any) -> list[bool]:
    options = {"options": {"evaluations_semantic": semantic}} if semantic else {}
    answer = ask(service, EVALUATIONS, {**QUESTION, "evaluations": list(items), **options, **body})
    return [one["decision"] for one in answer["evaluations"]]


def test_answers_come_in_the_order_of_the_questions(service: APIClient, records: RecordPolicy) -> None:
    assert decisions(service, YES, NO, YES, NO, NO) == [True, False, True, False, False]
    assert records.calls == 1


def test_a_plain_decision_carries_nothing_else(service: APIClient, records: RecordPolicy) -> None:
    answer = ask(service, EVALUATIONS, {**QUESTION, "evaluations": [YES, NO]})
    assert answer == {"evaluations": [{"decision": True}, {"decision": False}]}
    assert records.calls == 1


@pytest.mark.usefixtures("records")
def test_an_empty_question_inherits_everything(service: APIClient) -> None:
    assert ask(service, EVALUATIONS, {**QUESTION, "evaluations": [{}]}) == {"evaluations": [{"decision": True}]}


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize("body", [QUESTION, {**QUESTION, "evaluations": []}])
def test_without_questions_the_top_level_is_the_question(service: APIClient, body: dict[str, Any]) -> None:
    assert ask(service, EVALUATIONS, body) == ask(service, EVALUATION, body) == {"decision": True}


@pytest.mark.parametrize("part", ["subject", "action", "resource"])
def test_a_lone_question_must_be_whole(service: APIClient, part: str) -> None:
    body = {name: value for name, value in QUESTION.items() if name != part}
    assert send(service, EVALUATIONS, body).status_code == 400
    assert send(service, EVALUATIONS, {**body, "evaluations": []}).status_code == 400


@pytest.mark.usefixtures("records")
def test_what_a_question_brings_replaces_what_it_would_inherit_whole(service: APIClient) -> None:
    default: dict[str, Any] = {"resource": record("record-1", status="archived"), "action": action("write")}
    replaced = {"resource": record("record-1")}
    assert decisions(service, {}, replaced, **default) == [False, True]
    assert decisions(service, {"action": action("delete")}, action=action("read", soft=True)) == [False]


@pytest.mark.usefixtures("records")
def test_questions_need_no_defaults(service: APIClient) -> None:
    body = {"evaluations": [QUESTION, {**QUESTION, "action": action("fly")}]}
    assert ask(service, EVALUATIONS, body) == {"evaluations": [{"decision": True}, {"decision": False}]}


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize("part", ["subject", "action", "resource"])
def test_a_question_that_lacks_a_part_is_denied_and_the_others_answered(service: APIClient, part: str) -> None:
    incomplete = {name: value for name, value in QUESTION.items() if name != part}
    answer = ask(service, EVALUATIONS, {"evaluations": [QUESTION, incomplete, QUESTION]})["evaluations"]
    assert [one["decision"] for one in answer] == [True, False, True]
    assert answer[1]["context"]["error"]["status"] == 400
    assert part in answer[1]["context"]["error"]["message"]
    assert "context" not in answer[0]


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize("item", UNREADABLE, ids=str)
def test_a_question_that_cannot_be_read_is_denied(service: APIClient, item: dict[str, Any]) -> None:
    assert decisions(service, YES, item, YES) == [True, False, True]


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize(
    ("semantic", "items", "expected"),
    [
        ("execute_all", [NO, YES, NO], [False, True, False]),
        ("deny_on_first_deny", [YES, NO, YES], [True, False]),
        ("deny_on_first_deny", [YES, YES], [True, True]),
        ("deny_on_first_deny", [YES, {"subject": {}}, YES], [True, False]),
        ("permit_on_first_permit", [NO, YES, NO], [False, True]),
        ("permit_on_first_permit", [NO, {"subject": {}}, NO], [False, False, False]),
    ],
)
def test_answers_stop_where_the_semantic_says(
    service: APIClient, semantic: str, items: list[dict[str, Any]], expected: list[bool]
) -> None:
    assert decisions(service, *items, semantic=semantic) == expected


@pytest.mark.parametrize(
    "wrong",
    [
        {"options": {"evaluations_semantic": "guess"}},
        {"options": {"evaluations_semantic": 1}},
        {"options": {"evaluations_semantic": None}},
        {"options": "execute_all"},
        {"evaluations": {}},
        {"evaluations": "all"},
        {"evaluations": ["read"]},
        {"evaluations": [None]},
        {"evaluations": None},
        {"evaluations": [{}] * 1001},
        {"subject": "alice"},
        {"action": {"name": 5}},
        {"resource": {"type": "record"}},
        {"context": []},
    ],
    ids=lambda wrong: str(wrong)[:60],
)
def test_a_batch_that_cannot_be_read_is_a_bad_request(service: APIClient, wrong: dict[str, Any]) -> None:
    assert send(service, EVALUATIONS, {**QUESTION, "evaluations": [{}], **wrong}).status_code == 400


@pytest.mark.usefixtures("records")
def test_options_that_nobody_knows_are_ignored(service: APIClient) -> None:
    assert decisions(service, YES, options={"another_option": 1}) == [True]


def test_a_thousand_questions_are_one_call(service: APIClient, records: RecordPolicy) -> None:
    items = [{"subject": user("alice" if number % 2 else "bob"), "action": action("write")} for number in range(1000)]
    assert decisions(service, *items) == [bool(number % 2) for number in range(1000)]
    assert records.calls == 1


@pytest.mark.usefixtures("records")
def test_resource_types_may_be_mixed(service: APIClient) -> None:
    planet = {"resource": {"type": "planet", "id": "earth"}}
    assert decisions(service, YES, planet, NO, planet, YES) == [True, False, False, False, True]
