"""Search and evaluation agree, and say what the reference says to whom it may be said: on worlds at random."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authorization.facts import Principal
from authorization.layers.input import parse_resource_id
from authorization.ports import Entity, Inquiry
from generations.policy_source import ACTIONS, GENERATION_POLICY
from tests.authorization.reference import rules, worlds
from tests.authorization.reference.world import World
from tests.authorization.stored_worlds import clock_at, store

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = 2


def is_random(name: UUID) -> bool:
    try:
        return bool(parse_resource_id(str(name)))
    except ValueError:
        return False


@pytest.fixture(scope="module", autouse=True)
def ids_look_random() -> Iterator[None]:
    """Others may ask about ids that Velro itself would make, and about no others."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worlds, "ids", st.uuids(version=4).filter(is_random))
        yield


def inquiry(asker: Principal, subject: UUID, action: str, generation: UUID) -> Inquiry:
    return Inquiry(Entity("user", str(subject)), action, Entity("generation", str(generation)), asked_by=asker)


def whole(find: Callable[..., Sequence[str]], question: Inquiry) -> set[UUID]:
    """All pages of a search, each id once."""
    seen: list[str] = []
    while page := find(question, after=seen[-1] if seen else "", limit=PAGE):
        assert len(page) <= PAGE
        seen += page
    assert seen == sorted(set(seen))
    return {UUID(name) for name in seen}


def compare(world: World, asker: Principal, *, is_operator: bool) -> None:
    shareable = rules.visible(world, asker.user_id, NOW, action="share")
    questions = [
        inquiry(asker, subject, action, made)
        for subject in world.people
        for action in ACTIONS
        for made in world.generations
    ]
    keys = [(UUID(one.subject.id), one.action, UUID(one.resource.id)) for one in questions]
    verdicts = dict(zip(keys, GENERATION_POLICY.evaluate(questions), strict=True))
    for subject in world.people:
        for action in ACTIONS:
            known = set(world.generations) if is_operator or subject == asker.user_id else shareable
            expected = rules.visible(world, subject, NOW, action=action) & known
            allowed = {made for made in world.generations if verdicts[subject, action, made].is_allowed}
            assert allowed == expected
            assert whole(GENERATION_POLICY.find_resources, inquiry(asker, subject, action, uuid4())) == allowed
    for made in world.generations:
        for action in ACTIONS:
            allowed = {subject for subject in world.people if verdicts[subject, action, made].is_allowed}
            assert whole(GENERATION_POLICY.find_subjects, inquiry(asker, uuid4(), action, made)) == allowed
        for subject in world.people:
            allowed_actions = {action for action in ACTIONS if verdicts[subject, action, made].is_allowed}
            assert set(GENERATION_POLICY.find_actions(inquiry(asker, subject, "", made))) == allowed_actions


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(world=worlds.worlds(NOW), place=st.integers(0, 5), is_operator=st.booleans())
def test_search_finds_what_evaluation_allows(world: World, place: int, *, is_operator: bool) -> None:
    with transaction.atomic():
        with clock_at(NOW):
            store(world, now=NOW)
            asker = sorted(world.people)[place % len(world.people)]
            compare(world, Principal(asker, uuid4(), is_operator=is_operator), is_operator=is_operator)
        transaction.set_rollback(True)
