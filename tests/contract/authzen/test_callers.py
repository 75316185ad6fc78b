"""Who may ask, what is left of it in the trail, and where the endpoints are found."""

from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from rest_framework.test import APIClient

from accounts.models import ApiKey
from tests.contract.authzen.questions import (
    ACTIONS,
    ENDPOINTS,
    EVALUATION,
    EVALUATIONS,
    QUESTION,
    SUBJECTS,
    action,
    ask,
    send,
    user,
)
from tests.support.api_keys import key_of
from tests.support.clients import api_client_for, bearer_client
from tests.support.factories import user_factory
from tests.support.trail import trail
from velro.audit.models import AuditEvent

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("records")]

METADATA = "/.well-known/authzen-configuration"


def answers_in_the_trail() -> list[AuditEvent]:
    return list(trail().filter(name__startswith="authorization.").order_by("at", "action"))


@pytest.mark.parametrize("path", ENDPOINTS)
def test_who_shows_no_key_is_challenged(path: str) -> None:
    for client in (APIClient(), bearer_client("velro_" + "x" * 43)):
        answer = send(client, path, QUESTION)
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("path", ENDPOINTS)
def test_a_key_without_the_scope_is_refused(path: str) -> None:
    issued = key_of(user_factory())
    ApiKey.objects.update(scopes=["another:scope"])
    answer = send(bearer_client(issued.secret), path, QUESTION)
    assert (answer.status_code, answer.json()["code"]) == (403, "permission_denied")


def test_a_person_may_ask_as_they_are() -> None:
    assert ask(api_client_for(user_factory()), EVALUATION, QUESTION) == {"decision": True}


def test_every_answer_leaves_its_record() -> None:
    owner = user_factory()
    issued = key_of(owner)
    service = bearer_client(issued.secret)
    ask(service, EVALUATION, QUESTION)
    ask(service, EVALUATION, {**QUESTION, "action": action("fly")})
    ask(service, EVALUATION, {**QUESTION, "resource": {"type": "planet" * 20, "id": "earth"}})
    assert [(event.outcome, event.reason) for event in answers_in_the_trail()] == [
        ("allowed", "by_rule"),
        ("denied", "no_rule"),
        ("denied", "unknown_resource_type"),
    ]
    first = answers_in_the_trail()[0]
    assert (first.actor_id, first.session_id) == (owner.id, issued.key.id)
    assert (first.action, first.resource_type, first.resource_id) == ("record:read", "record", None)
    assert first.details == {"subject_type": "user", "subject_id": "alice", "resource_id": "record-1"}


def test_of_a_batch_only_what_was_answered_is_recorded(service: APIClient) -> None:
    items: list[dict[str, Any]] = [{}, {"subject": "unreadable"}, {"action": action("fly")}, {}]
    body = {**QUESTION, "evaluations": items, "options": {"evaluations_semantic": "execute_all"}}
    ask(service, EVALUATIONS, body)
    assert len(answers_in_the_trail()) == 3
    ask(service, EVALUATIONS, {**body, "options": {"evaluations_semantic": "deny_on_first_deny"}})
    assert len(answers_in_the_trail()) == 4


def test_searches_leave_one_record_each(service: APIClient) -> None:
    ask(service, SUBJECTS, QUESTION)
    ask(service, ACTIONS, QUESTION)
    events = answers_in_the_trail()
    assert {event.name for event in events} == {"authorization.search"}
    assert {(event.details["wanted"], event.details["found"]) for event in events} == {("user", 2), ("action", 2)}


def test_the_addresses_follow_from_the_settings_alone() -> None:
    base = settings.ENVIRONMENT.public_url
    with override_settings(ALLOWED_HOSTS=["*"]):
        answer = APIClient().get(METADATA, headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "public, max-age=3600"
    metadata = answer.json()
    assert metadata["policy_decision_point"] == base
    assert metadata["access_evaluation_endpoint"] == f"{base}/access/v1/evaluation"
    assert set(metadata) == {
        "policy_decision_point",
        "access_evaluation_endpoint",
        "access_evaluations_endpoint",
        "search_subject_endpoint",
        "search_resource_endpoint",
        "search_action_endpoint",
    }
    assert "evil" not in answer.content.decode()


def test_the_addresses_are_those_that_answer(service: APIClient) -> None:
    metadata = APIClient().get(METADATA).json()
    bodies = {name: QUESTION for name in metadata if name.endswith("_endpoint")}
    for name, body in bodies.items():
        ask(service, metadata[name].removeprefix(settings.ENVIRONMENT.public_url), body)


def test_a_deployed_copy_publishes_https(settings: Any) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"public_url": "https://velro.example"})
    metadata = APIClient().get(METADATA).json()
    assert all(address.startswith("https://velro.example") for address in metadata.values())


def test_names_are_compared_as_they_are(service: APIClient) -> None:
    for name in (" alice", "alice ", "Alice", "аlice"):  # noqa: RUF001 - the last begins with a Cyrillic letter
        assert ask(service, EVALUATION, {**QUESTION, "subject": user(name)}) == {"decision": False}
