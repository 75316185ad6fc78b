"""Other services ask about generations: who may know, what decides, and what is left in the trail; with real keys."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from generations.models import Generation
from tests.support.api_keys import key_client_for
from tests.support.factories import user_factory
from tests.support.trail import trail

pytestmark = pytest.mark.django_db

BASE = "/access/v1"
ALL = ["delete", "read", "share", "write"]


@pytest.fixture
def owner() -> User:
    return user_factory()


@pytest.fixture
def operator() -> APIClient:
    return key_client_for(user_factory(is_staff=True, is_superuser=True))


@pytest.fixture
def generation(owner: User) -> Generation:
    return make(owner)


def make(owner: User, **attributes: Any) -> Generation:
    now = timezone.now()
    made = {"model": "fal-ai/flux/schnell", "kind": "image", "input": {}, "estimated_cost": 0, "deadline_at": now}
    return Generation.objects.create(owner=owner, **made | attributes)


def question(user: User, generation: Generation, *, action: str = "read") -> dict[str, Any]:
    return {
        "subject": {"type": "user", "id": str(user.id)},
        "action": {"name": action},
        "resource": {"type": "generation", "id": str(generation.id)},
    }


def ask(client: APIClient, path: str, body: dict[str, Any]) -> Any:
    answer = client.post(f"{BASE}/{path}", body, format="json")
    assert answer.status_code == 200, answer.content
    return answer.json()


def is_allowed(client: APIClient, body: dict[str, Any]) -> bool:
    return bool(ask(client, "evaluation", body)["decision"])


def found(client: APIClient, kind: str, body: dict[str, Any]) -> list[str]:
    return [one.get("id") or one["name"] for one in ask(client, f"search/{kind}", body)["results"]]


def test_people_may_ask_about_themselves(owner: User, generation: Generation) -> None:
    service, stranger = key_client_for(owner), user_factory()
    assert is_allowed(service, question(owner, generation, action="delete"))
    assert not is_allowed(key_client_for(stranger), question(stranger, generation))


def test_who_may_share_a_generation_may_ask_about_anybody_on_it(owner: User, generation: Generation) -> None:
    stranger = user_factory()
    assert not is_allowed(key_client_for(owner), question(stranger, generation))
    assert found(key_client_for(owner), "subject", question(stranger, generation)) == [str(owner.id)]
    event = trail().get(name="authorization.decision", details__about_user=str(stranger.id))
    assert (event.actor_id, event.reason) == (owner.id, "no_rule_applies")


def test_an_operator_may_ask_about_anybody_and_anything(
    operator: APIClient, owner: User, generation: Generation
) -> None:
    assert is_allowed(operator, question(owner, generation))
    assert not is_allowed(operator, question(user_factory(), generation))
    assert found(operator, "subject", question(owner, generation)) == [str(owner.id)]
    assert found(operator, "resource", question(owner, generation)) == [str(generation.id)]
    assert found(operator, "action", question(owner, generation)) == ALL


def test_nobody_else_learns_what_others_may(owner: User, generation: Generation) -> None:
    curious = key_client_for(user_factory())
    for action in ALL:
        assert not is_allowed(curious, question(owner, generation, action=action))
        assert found(curious, "subject", question(owner, generation, action=action)) == []
        assert found(curious, "resource", question(owner, generation, action=action)) == []
    assert found(curious, "action", question(owner, generation)) == []
    reasons = trail().filter(name="authorization.decision").values_list("reason", flat=True)
    assert set(reasons) == {"asker_not_entitled"}


def test_a_refusal_to_tell_looks_like_a_denial_and_like_nothing(owner: User, generation: Generation) -> None:
    client, absent = key_client_for(user_factory()), question(owner, generation)
    absent["resource"]["id"] = str(uuid4())
    answers = [ask(client, "evaluation", body) for body in (question(owner, generation), absent)]
    assert answers == [{"decision": False}, {"decision": False}]


@pytest.mark.parametrize(
    "claims",
    [
        {"subject": {"properties": {"role": "admin", "is_staff": True, "is_superuser": True}}},
        {"resource": {"properties": {"owner": "me", "owner_id": "me", "visibility": "public"}}},
        {"action": {"properties": {"force": True}}},
        {"context": {"is_admin": True, "break_glass": True}},
    ],
)
def test_what_a_request_claims_decides_nothing(
    operator: APIClient, owner: User, generation: Generation, claims: dict[str, Any]
) -> None:
    stranger = user_factory()
    for person, expected in ((stranger, False), (owner, True)):
        body = question(person, generation)
        claimed = {name: {**body.get(name, {}), **claim} for name, claim in claims.items()}
        assert is_allowed(operator, {**body, **claimed}) is expected
    body = question(stranger, generation)
    claimed = {name: {**body.get(name, {}), **claim} for name, claim in claims.items()}
    assert not is_allowed(key_client_for(stranger), {**body, **claimed})


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ("subject", {"type": "robot"}),
        ("subject", {"type": "User"}),
        ("subject", {"id": "everybody"}),
        ("subject", {"id": "7D1F4B52-0C6F-4D8E-9A51-3D2F6C1B8E90"}),
        ("resource", {"id": "1"}),
        ("resource", {"id": "00000000-0000-4000-8000-000000000000"}),
        ("action", {"name": "READ"}),
        ("action", {"name": "authorize"}),
        ("action", {"name": "open"}),
    ],
)
def test_what_the_policy_does_not_know_is_denied(
    operator: APIClient, owner: User, generation: Generation, part: str, wrong: dict[str, str]
) -> None:
    body = question(owner, generation)
    body[part] |= wrong
    assert not is_allowed(operator, body)
    for kind in ("subject", "resource"):
        if part != kind:
            assert found(operator, kind, body) == []


def test_a_person_who_is_suspended_may_nothing(operator: APIClient, owner: User, generation: Generation) -> None:
    User.objects.filter(id=owner.id).update(status="suspended")
    assert not is_allowed(operator, question(owner, generation))
    assert found(operator, "subject", question(owner, generation)) == []
    assert found(operator, "resource", question(owner, generation)) == []
    assert found(operator, "action", question(owner, generation)) == []


def test_a_deleted_generation_is_nobodys(operator: APIClient, owner: User) -> None:
    gone = make(owner, deleted_at=timezone.now())
    assert not is_allowed(operator, question(owner, gone))
    assert found(operator, "subject", question(owner, gone)) == []
    assert found(operator, "resource", question(owner, gone)) == []


def test_an_answer_has_one_record(operator: APIClient, owner: User, generation: Generation) -> None:
    is_allowed(operator, question(owner, generation))
    event = trail().get(name="authorization.decision")
    assert (event.outcome, event.reason) == ("allowed", "granted_by_direct_ownership")
    assert (event.resource_id, event.details["about_user"]) == (generation.id, str(owner.id))


def test_a_batch_is_recorded_question_by_question(owner: User, generation: Generation) -> None:
    evaluations = [{}, {"action": {"name": "fly"}}, {"subject": {"type": "user", "id": str(user_factory().id)}}, {}]
    body = {**question(owner, generation), "evaluations": evaluations}
    answer = ask(key_client_for(owner), "evaluations", body)
    assert [one["decision"] for one in answer["evaluations"]] == [True, False, False, True]
    reasons = trail().filter(name="authorization.decision").values_list("reason", flat=True)
    assert sorted(reasons) == ["granted_by_direct_ownership", "no_rule_applies", "unknown_to_policy"]


def test_a_batch_takes_as_many_statements_for_one_generation_as_for_many(owner: User) -> None:
    service, made = key_client_for(owner), [make(owner) for _ in range(30)]
    counts = []
    for size in (1, 30):
        items = [{"resource": {"type": "generation", "id": str(one.id)}} for one in made[:size]]
        with CaptureQueriesContext(connection) as captured:
            answer = ask(service, "evaluations", {**question(owner, made[0]), "evaluations": items})
        assert [one["decision"] for one in answer["evaluations"]] == [True] * size
        counts.append(len(captured))
    assert counts[1] <= counts[0] <= 5


def test_pages_of_a_search_are_complete(owner: User) -> None:
    service, made = key_client_for(owner), sorted(str(make(owner).id) for _ in range(7))
    body = question(owner, Generation(id=uuid4()))
    answer = ask(service, "search/resource", {**body, "page": {"limit": 3}})
    seen = [one["id"] for one in answer["results"]]
    while token := answer["page"]["next_token"]:
        answer = ask(service, "search/resource", {**body, "page": {"token": token}})
        seen += [one["id"] for one in answer["results"]]
    assert seen == made
