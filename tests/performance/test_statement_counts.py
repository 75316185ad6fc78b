"""A decision takes one statement for its facts and one for its record, about one generation or about a thousand."""

from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from authorization import engine
from authorization.facts import Asking, Principal
from generations import actions
from generations.large_world.characters import CHARACTERS, WIDE_OWNER, Character
from generations.models import Generation
from tests.support.trail import trail

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world() -> None:
    call_command("seed_large", users=120, teams=60, generations=1000)


def principal_of(character: Character) -> Principal:
    return Principal(User.objects.get(email=character.email).id, uuid4())


def statements(queries: CaptureQueriesContext) -> list[str]:
    said = (query["sql"] for query in queries)
    return [words.split()[0] for words in said if not words.startswith(("SAVEPOINT", "RELEASE"))]


@pytest.mark.parametrize("character", CHARACTERS, ids=lambda character: character.name)
def test_a_decision_takes_one_statement_and_one_record(character: Character) -> None:
    principal, generation = principal_of(character), Generation.objects.exclude(project=None)[0]

    with CaptureQueriesContext(connection) as queries:
        engine.decide(principal, actions.READ, generation.id)

    assert statements(queries) == ["SELECT"]


def test_a_thousand_decisions_take_no_more() -> None:
    principal = principal_of(WIDE_OWNER)
    ids = list(Generation.objects.values_list("id", flat=True))

    with CaptureQueriesContext(connection) as queries:
        decisions = engine.decide_many(principal, actions.READ, ids)

    assert statements(queries) == ["SELECT"]
    assert len(decisions) == 1000
    assert {decision.is_allowed for decision in decisions.values()} == {True, False}
    assert trail().filter(name="authorization.decision").count() == 1000


def test_many_people_take_no_more_than_one() -> None:
    people = [principal_of(character) for character in CHARACTERS]
    ids = list(Generation.objects.values_list("id", flat=True)[:100])
    askings = [Asking(person.user_id, actions.READ, ids, person) for person in people]

    with CaptureQueriesContext(connection) as queries:
        decisions = engine.decide_each(askings)

    assert statements(queries) == ["SELECT"]
    alone = [it for person in people for it in engine.decide_many(person, actions.READ, ids).values()]
    assert [it.is_allowed for it in decisions] == [it.is_allowed for it in alone]
    assert {it.is_allowed for it in decisions} == {True, False}


def test_asking_twice_about_one_is_one_question() -> None:
    principal, generation = principal_of(WIDE_OWNER), Generation.objects.exclude(project=None)[0]

    decisions = engine.decide_many(principal, actions.READ, [generation.id, generation.id])

    assert list(decisions) == [generation.id]
    assert trail().filter(name="authorization.decision").count() == 1
