"""List, check, batch and "who may" give one answer, and it is that of the reference: on worlds at random."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from authorization import engine
from authorization.actions import Action
from authorization.facts import Asking, Decision, Principal
from authorization.ports import ResourceType
from authorization.roles import Permission
from generations.policies import GENERATION_RESOURCE
from teams.actions import CREATE_IN_PROJECT, MANAGE_PROJECT, READ_PROJECT, SEE_PROJECT_MEMBERS, TEAM_ACTIONS
from teams.policies import PROJECT_RESOURCE, TEAM_RESOURCE
from tests.authorization.reference import rules, team_rules
from tests.authorization.reference.world import World
from tests.authorization.reference.worlds import worlds
from tests.authorization.stored_worlds import clock_at, store

IS_LONG = settings.get_current_profile_name() == "long"
# To make a failing world small takes minutes.
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(0 if IS_LONG else 600)]

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
GENERATION_ACTIONS = [Action("generation", permission, permission) for permission in Permission]
PROJECT_ACTIONS = (READ_PROJECT, SEE_PROJECT_MEMBERS, CREATE_IN_PROJECT, MANAGE_PROJECT)
# Drawing evenly meets more different worlds than Hypothesis would, who
# likes to vary what it has; it still makes a failing one small.
WORLDS = settings(
    deadline=None,
    max_examples=3_000 if IS_LONG else 60,
    backend="hypothesis-urandom",
    phases=[Phase.reuse, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)
May = Callable[[World, UUID, UUID, str], bool]


def decided(world: World, person: UUID, action: Action) -> dict[UUID, rules.Verdict]:
    decisions = engine.decide_many(Principal(person, uuid4()), action, list(world.generations))
    return {generation: verdict_of(it) for generation, it in decisions.items()}


def decided_together(world: World, action: Action) -> dict[tuple[UUID, UUID], rules.Verdict]:
    """Everybody about everything, in one look-up."""
    generations = list(world.generations)
    askings = [Asking(person, action, generations, Principal(person, uuid4())) for person in world.people]
    decisions = engine.decide_each(askings)
    return dict(zip(product(world.people, generations), map(verdict_of, decisions), strict=True))


def verdict_of(decision: Decision) -> rules.Verdict:
    return rules.Verdict(decision.is_allowed, decision.access_method, decision.effective_role, decision.permissions)


def compare_generations(world: World, action: Action) -> None:
    asked = str(action.permission)
    assert decided_together(world, action) == {
        (person, it): rules.verdict(world, person, it, NOW, action=asked)
        for person in world.people
        for it in world.generations
    }
    for person in world.people:
        expected = {it: rules.verdict(world, person, it, NOW, action=asked) for it in world.generations}
        assert decided(world, person, action) == expected
        assert ids(GENERATION_RESOURCE.visible_to(person, action)) == rules.visible(world, person, NOW, action=asked)
    for generation in world.generations:
        expected_holders = rules.subjects(world, generation, NOW, action=asked)
        assert ids(GENERATION_RESOURCE.holders_of(action, generation)) == expected_holders


def ids(rows: QuerySet[Any]) -> set[UUID]:
    found = list(rows.values_list("id", flat=True))
    assert len(found) == len(set(found))
    return set(found)


def compare_places(world: World, resource: ResourceType, action: Action, *, may: May, places: Iterable[UUID]) -> None:
    """Teams or projects: what the table allows to each person."""
    expected = {(person, place): may(world, person, place, action.verb) for person in world.people for place in places}
    for person in world.people:
        decisions = engine.decide_many(Principal(person, uuid4()), action, list(places))
        assert {place: it.is_allowed for place, it in decisions.items()} == {
            place: expected[person, place] for place in places
        }
        assert ids(resource.visible_to(person, action)) == {place for place in places if expected[person, place]}
    for place in places:
        assert ids(resource.holders_of(action, place)) == {it for it in world.people if expected[it, place]}


@contextmanager
def stored(world: World) -> Iterator[None]:
    with transaction.atomic():
        with clock_at(NOW):
            store(world, now=NOW)
            yield
        transaction.set_rollback(True)


@WORLDS
@given(world=worlds(NOW), action=st.sampled_from(GENERATION_ACTIONS))
def test_generations(world: World, action: Action) -> None:
    with stored(world):
        compare_generations(world, action)


@WORLDS
@given(world=worlds(NOW), team_action=st.sampled_from(TEAM_ACTIONS), project_action=st.sampled_from(PROJECT_ACTIONS))
def test_teams_and_projects(world: World, team_action: Action, project_action: Action) -> None:
    with stored(world):
        compare_places(world, TEAM_RESOURCE, team_action, may=team_rules.may, places=world.teams)
        compare_places(world, PROJECT_RESOURCE, project_action, may=team_rules.may_in_project, places=world.projects)


def test_every_deed_of_the_table_is_known_to_both() -> None:
    assert {it.verb: str(it.least_role or "viewer") for it in TEAM_ACTIONS} == team_rules.LEAST_ROLE_FOR


def test_the_clock_of_the_database_can_be_stopped() -> None:
    with clock_at(NOW), connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        assert cursor.fetchone() == (NOW,)
