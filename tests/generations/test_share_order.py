"""Shares know when their generations were made, and of a great many the strongest count."""

from datetime import UTC, datetime

import pytest

from authorization.roles import Permission, Role
from generations.models import Generation, Share
from generations.policies import GENERATION_RESOURCE
from generations.rules import MOST_SHARES
from tests.generations.conftest import Person
from tests.generations.places import HOUR, held, new_team, shared
from tests.generations.test_read_and_delete import make
from velro.database_clock import database_now

pytestmark = pytest.mark.django_db

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def known_time(generation: Generation) -> datetime:
    return Share.objects.values_list("generation_created_at", flat=True).get(generation=generation)


class TestTimeOfGeneration:
    def test_a_share_takes_it(self, owner: Person) -> None:
        generation = make(owner)
        shared(generation, new_team(), generation_created_at=LONG_AGO)

        assert known_time(generation) == generation.created_at

    def test_a_share_follows_when_it_is_corrected(self, owner: Person) -> None:
        generation = make(owner)
        shared(generation, new_team())

        Generation.objects.filter(id=generation.id).update(created_at=LONG_AGO)

        assert known_time(generation) == LONG_AGO

    def test_nobody_sets_it_to_anything_else(self, owner: Person) -> None:
        generation = make(owner)
        shared(generation, new_team())

        Share.objects.update(generation_created_at=LONG_AGO)

        assert known_time(generation) == generation.created_at


class TestManyShares:
    def test_one_that_gives_more_is_not_lost_among_those_that_hold_for_longer(
        self, owner: Person, mallory: Person
    ) -> None:
        generation, soon = make(owner), database_now() + HOUR
        for _ in range(MOST_SHARES):
            shared(generation, new_team(member=mallory.user))
        shared(generation, new_team(member=mallory.user), role=Role.MEMBER, expires_at=soon)

        assert held(mallory.user, generation) == {Permission.READ, Permission.WRITE}

    def test_a_high_role_in_a_team_with_a_low_share_does_not_push_it_out(self, owner: Person, mallory: Person) -> None:
        generation = make(owner)
        for _ in range(MOST_SHARES):
            shared(generation, new_team(admin=mallory.user))
            shared(generation, new_team(viewer=mallory.user), role=Role.MEMBER)
        shared(generation, new_team(member=mallory.user), role=Role.MEMBER)

        assert held(mallory.user, generation) == {Permission.READ, Permission.WRITE}

    def test_no_more_are_looked_at_than_anybody_reads(self, owner: Person, mallory: Person) -> None:
        generation = make(owner)
        for _ in range(MOST_SHARES + 1):
            shared(generation, new_team(viewer=mallory.user))

        facts = GENERATION_RESOURCE.facts_for(mallory.user.id, [generation.id])[generation.id]

        assert len(facts.paths) == MOST_SHARES

    def test_those_that_give_most_come_first_and_of_the_others_those_that_hold_for_longest(
        self, owner: Person, mallory: Person
    ) -> None:
        generation, soon = make(owner), database_now() + HOUR
        for hours in range(MOST_SHARES):
            shared(generation, new_team(member=mallory.user), expires_at=soon + hours * HOUR)
        shared(generation, new_team(member=mallory.user), role=Role.MEMBER, expires_at=soon)
        shared(generation, new_team(viewer=mallory.user), role=Role.MEMBER)
        shared(generation, new_team(), role=Role.MEMBER)

        paths = GENERATION_RESOURCE.facts_for(mallory.user.id, [generation.id])[generation.id].paths

        ends = [path.ends_at for path in paths if path.role is Role.VIEWER]
        assert [path.ends_at for path in paths if path.role is Role.MEMBER] == [soon]
        assert ends == [None, *(soon + hours * HOUR for hours in range(MOST_SHARES - 1, 1, -1))]

    def test_a_role_that_is_inherited_twice_makes_one_way(self, owner: Person, mallory: Person) -> None:
        generation = make(owner)
        root = new_team(viewer=mallory.user)
        shared(generation, new_team(parent=root, member=mallory.user), role=Role.MEMBER)

        (path,) = GENERATION_RESOURCE.facts_for(mallory.user.id, [generation.id])[generation.id].paths

        assert path.role is Role.MEMBER
