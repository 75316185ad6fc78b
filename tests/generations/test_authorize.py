"""POST /generations/{id}/authorize: the contract's six fields, and a denial that tells nothing."""

from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from authorization import engine
from generations import actions
from generations.models import Generation
from generations.policies import GENERATION_RESOURCE
from tests.generations.conftest import Person
from tests.generations.test_read_and_delete import make
from tests.support.factories import user_factory
from tests.support.trail import trail

pytestmark = pytest.mark.django_db


def authorize(person: Person, generation_id: object, **body: Any) -> Any:
    return person.client.post(f"/api/v1/generations/{generation_id}/authorize", body, format="json")


@pytest.mark.parametrize("action", ["read", "write", "share", "delete"])
def test_the_owner_holds_everything(owner: Person, action: str) -> None:
    response = authorize(owner, make(owner).id, action=action)

    body = response.json()
    assert response.status_code == 200
    assert body.pop("response_time_ms") >= 0
    assert body == {
        "access_granted": True,
        "access_method": "direct_ownership",
        "effective_role": "owner",
        "permissions": ["read", "write", "share", "delete"],
        "cache_hit": False,
    }


def test_the_action_is_read_unless_told_otherwise(owner: Person) -> None:
    assert authorize(owner, make(owner).id).json()["access_granted"] is True


def test_a_denial_and_an_unknown_id_are_the_same(owner: Person, mallory: Person) -> None:
    deleted = make(mallory, deleted_at=timezone.now())
    answers = [authorize(mallory, generation_id) for generation_id in (make(owner).id, uuid4(), deleted.id)]

    bodies = [answer.json() for answer in answers]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert all(body.pop("response_time_ms") >= 0 for body in bodies)
    assert bodies[0] == bodies[1] == bodies[2]
    assert bodies[0] == {
        "access_granted": False,
        "access_method": None,
        "effective_role": None,
        "permissions": [],
        "cache_hit": False,
    }
    names = [set(answer.headers) for answer in answers]
    assert names[0] == names[1] == names[2]


@pytest.mark.parametrize("body", [{"action": "own"}, {"action": None}, {"user": "x"}])
def test_a_question_that_makes_no_sense_is_refused(owner: Person, body: dict[str, Any]) -> None:
    assert authorize(owner, make(owner).id, **body).status_code == 400


def test_the_list_shows_what_the_engine_allows(owner: Person, mallory: Person) -> None:
    for person in (owner, mallory):
        for deleted_at in (None, timezone.now()):
            make(person, deleted_at=deleted_at)
    everything = list(Generation.objects.values_list("id", flat=True))

    for person in (owner, mallory, Person(user_factory(), owner.client)):
        principal = person.principal
        for action in actions.BY_PERMISSION.values():
            allowed = {
                generation_id
                for generation_id, decision in engine.decide_many(principal, action, everything).items()
                if decision.is_allowed
            }
            visible = set(GENERATION_RESOURCE.visible_to(principal.user_id, action).values_list("id", flat=True))
            assert visible == allowed


class TestManyAtOnce:
    def ask(self, person: Person, ids: list[Any], **body: Any) -> Any:
        return person.client.post("/api/v1/generations/authorize", {"ids": ids, **body}, format="json")

    def test_answers_in_the_order_asked_also_what_is_asked_twice(self, owner: Person, mallory: Person) -> None:
        mine, foreign, absent = str(make(owner).id), str(make(mallory).id), str(uuid4())

        response = self.ask(owner, [absent, mine, foreign, mine], action="delete")

        allowed = {
            "access_granted": True,
            "access_method": "direct_ownership",
            "effective_role": "owner",
            "permissions": ["read", "write", "share", "delete"],
        }
        denied: dict[str, Any] = {
            "access_granted": False,
            "access_method": None,
            "effective_role": None,
            "permissions": [],
        }
        assert response.status_code == 200
        assert response.json()["decisions"] == [
            {"id": absent, **denied},
            {"id": mine, **allowed},
            {"id": foreign, **denied},
            {"id": mine, **allowed},
        ]

    def test_a_thousand_leave_a_record_each(self, owner: Person) -> None:
        ids = [str(make(owner).id), *(str(uuid4()) for _ in range(999))]

        decisions = self.ask(owner, ids).json()["decisions"]

        assert [decision["id"] for decision in decisions] == ids
        assert [decision["access_granted"] for decision in decisions] == [True, *[False] * 999]
        recorded = trail().filter(name="authorization.decision").values_list("resource_id", flat=True)
        assert {str(resource_id) for resource_id in recorded} == set(ids)

    @pytest.mark.parametrize(
        "spelling", [str.upper, lambda it: it.replace("-", ""), lambda it: f"{{{it}}}", lambda _: 5]
    )
    def test_another_spelling_of_an_id_is_refused_with_its_place(self, owner: Person, spelling: Any) -> None:
        generation_id = str(make(owner).id)

        response = self.ask(owner, [generation_id, spelling(generation_id)])

        assert response.status_code == 400
        assert [fault["pointer"] for fault in response.json()["errors"]] == ["/ids/1"]

    @pytest.mark.parametrize("ids", [[], [str(uuid4()) for _ in range(1001)], None, "all"])
    def test_none_and_too_many_are_refused(self, owner: Person, ids: Any) -> None:
        response = self.ask(owner, ids)

        assert response.status_code == 400
        assert {fault["pointer"] for fault in response.json()["errors"]} == {"/ids"}

    def test_needs_somebody(self) -> None:
        assert APIClient().post("/api/v1/generations/authorize", {"ids": []}, format="json").status_code == 401
