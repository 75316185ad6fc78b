"""The Todo scenario of the interoperability events, compared as its runner compares."""

import json
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.contract.authzen.questions import EVALUATION, EVALUATIONS, ask

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("todos")]

DATA = json.loads((Path(__file__).parent / "todo-decisions-1_0.json").read_text())


@pytest.mark.parametrize("case", DATA["evaluation"])
def test_a_question_has_the_expected_decision(service: APIClient, case: dict[str, Any]) -> None:
    assert json.dumps(ask(service, EVALUATION, case["request"])["decision"]) == json.dumps(case["expected"])


@pytest.mark.parametrize("case", DATA["evaluations"])
def test_a_batch_has_the_expected_answers(service: APIClient, case: dict[str, Any]) -> None:
    assert json.dumps(ask(service, EVALUATIONS, case["request"])["evaluations"]) == json.dumps(case["expected"])


def test_the_data_is_whole() -> None:
    assert (len(DATA["evaluation"]), len(DATA["evaluations"])) == (40, 3)
