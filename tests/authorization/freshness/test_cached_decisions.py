"""What a process has in memory is never older than what it would find in the database."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from time import sleep
from typing import Final
from uuid import UUID, uuid4

import psycopg
import pytest
from django.core.cache import caches
from django.db import connection, transaction
from rest_framework.test import APIClient

from accounts.models import User
from authorization.facts import Decision, Principal, ResourceFacts
from authorization.freshness.confirmation import wait_until_heard
from authorization.freshness.listener import LONGEST_LEASE_SECONDS, Listener
from authorization.registry import registry
from authorization.roles import Permission, Role
from generations.models import Delegation, Generation, GenerationGroupGrant, GenerationUserGrant, Share
from generations.policies import GENERATION_RESOURCE
from teams.models import Membership, Project, ProjectMembership, Team
from tests.authorization.freshness.conftest import cut_listeners, eventually, has_lease
from tests.authorization.freshness.worlds import (
    World,
    by_broken_glass,
    by_delegation,
    by_group_grant,
    by_project,
    by_share,
    by_team,
    by_user_grant,
    decide,
    is_hit,
    new_generation,
    owned,
)
from tests.generations.places import delegated, join, new_team, shared
from tests.support.factories import user_factory
from velro.caching.shared_store import ALIAS
from velro.database_clock import database_now

Change = Callable[[World], object]


def suspend(person: User | None) -> object:
    return person and User.objects.filter(id=person.id).update(status="suspended")


def archive(team: Team | None) -> object:
    return team and Team.objects.filter(id=team.id).update(archived_at=database_now())


def leave(world: World) -> object:
    return Membership.objects.filter(user=world.lender or world.person).delete()


def move_away(world: World) -> object:
    return world.team and Team.objects.filter(id=world.team.id).update(parent=new_team())


def in_bulk(world: World) -> object:
    return User.objects.bulk_update([User(id=world.person.id, status="suspended")], ["status"])


def by_hand(statement: str) -> Change:
    def run(world: World) -> object:
        with connection.cursor() as cursor:
            cursor.execute(statement, {"person": world.person.id, "generation": world.generation.id})
        return None

    return run


WORLDS: Final[Mapping[str, Callable[[], World]]] = {
    "owned": owned, "by team": by_team, "by project": by_project, "by share": by_share, "by delegation": by_delegation,
    "by user grant": by_user_grant, "by group grant": by_group_grant, "by broken glass": by_broken_glass,
}  # fmt: skip
DELETED: Final = by_hand("UPDATE generations_generation SET deleted_at = now() WHERE id = %(generation)s")
# What ends the way of each world, whatever else may.
ENDS: Final[Mapping[str, tuple[str, Change]]] = {
    "the team is left": ("by team", leave),
    "the team is archived": ("by team", lambda it: archive(it.team)),
    "the team above is archived": ("by team", lambda it: archive(it.above)),
    "the team is moved": ("by team", move_away),
    "the project is closed to the team": ("by team", lambda _: Project.objects.update(visibility="restricted")),
    "the generation leaves the project": ("by team", lambda _: Generation.objects.update(project=None)),
    "the project is left": ("by project", lambda it: ProjectMembership.objects.filter(user=it.person).delete()),
    "the team of the project is left": ("by project", leave),
    "the share is withdrawn": ("by share", lambda _: Share.objects.all().delete()),
    "the share is ended": ("by share", lambda _: Share.objects.update(expires_at=database_now())),
    "the share goes to another team": ("by share", lambda _: Share.objects.update(team=new_team())),
    "the team with the share is archived": ("by share", lambda it: archive(it.above)),
    "the team with the share is moved": ("by share", move_away),
    "the delegation is withdrawn": ("by delegation", lambda _: Delegation.objects.all().delete()),
    "the lender leaves the team": ("by delegation", leave),
    "the lender is suspended": ("by delegation", lambda it: suspend(it.lender)),
    "the lender's team is archived": ("by delegation", lambda it: archive(it.above)),
    "the grant is taken back": ("by user grant", lambda _: GenerationUserGrant.objects.all().delete()),
    "the grant of the group is taken back": ("by group grant", lambda _: GenerationGroupGrant.objects.all().delete()),
    "the group is left": ("by group grant", lambda it: it.person.groups.clear()),
    "the glass is mended": (
        "by broken glass", by_hand("UPDATE authorization_breakglassgrant SET closed_at = now()")),
    "the operator is none any more": (
        "by broken glass", by_hand("UPDATE accounts_user SET is_superuser = false WHERE id = %(person)s")),
    "another owner": ("owned", lambda _: Generation.objects.update(owner=user_factory())),
    "the person is suspended in bulk": ("by team", in_bulk),
}  # fmt: skip
# And what ends every way.
ALWAYS: Final = {"deleted by hand": DELETED, "suspended": lambda it: suspend(it.person)}
EVERY_END: Final = {
    **ENDS,
    **{f"{end}, {world}": (world, change) for world in WORLDS for end, change in ALWAYS.items()},
}


@pytest.mark.parametrize("name", EVERY_END)
def test_nothing_is_allowed_after_it_was_taken_away(listener: Listener, name: str) -> None:
    kind, change = EVERY_END[name]
    with transaction.atomic():
        world = WORLDS[kind]()
    wait_until_heard(listener)
    assert decide(world).is_allowed
    assert is_hit(world)

    with transaction.atomic():
        change(world)
    wait_until_heard(listener)
    after = decide(world)
    assert (after.is_allowed, after.is_cache_hit) == (False, False)


@pytest.mark.parametrize("kind", WORLDS)
def test_nothing_is_denied_after_it_was_given(listener: Listener, kind: str) -> None:
    with transaction.atomic():
        world = WORLDS[kind]()
        suspend(world.person)
    wait_until_heard(listener)
    assert not decide(world).is_allowed

    User.objects.filter(id=world.person.id).update(status="active")
    wait_until_heard(listener)
    assert decide(world).is_allowed


def test_what_comes_later_by_share_is_there_at_its_time_and_gone_at_its_end(listener: Listener) -> None:
    with transaction.atomic():
        person, team, generation = user_factory(), new_team(), new_generation()
        join(team, person, Role.VIEWER)
        starts_at = database_now() + timedelta(milliseconds=600)
        ends_at = starts_at + timedelta(milliseconds=600)
        shared(generation, team, starts_at=starts_at, expires_at=ends_at)
    world = World(person, generation)
    wait_until_heard(listener)
    seen: list[tuple[datetime, Decision, datetime]] = []
    while database_now() < ends_at + timedelta(milliseconds=300):
        seen.append((database_now(), decide(world), database_now()))

    assert {decision.is_allowed for before, decision, after in seen if after < starts_at or before >= ends_at} == {
        False
    }
    assert {decision.is_allowed for before, decision, after in seen if before >= starts_at and after < ends_at} == {
        True
    }
    inside = [decision for before, decision, after in seen if before >= starts_at and after < ends_at]
    assert any(decision.is_cache_hit for decision in inside)


class Interrupted:
    """Generations as the engine knows them, with something that happens between two steps of a look-up."""

    name = GENERATION_RESOURCE.name

    def __init__(
        self, *, before: Callable[[], object] | None = None, after: Callable[[], object] | None = None
    ) -> None:
        self._before, self._after = before, after

    def facts_for(self, user_id: UUID, resource_ids: list[UUID]) -> Mapping[UUID, ResourceFacts]:
        if self._before:
            self._before()
        facts = GENERATION_RESOURCE.facts_for(user_id, resource_ids)
        if self._after:
            self._after()
        return facts


@pytest.mark.parametrize("waits", [False, True], ids=["unheard", "heard"])
@pytest.mark.parametrize("step", ["before", "after"])
def test_what_changes_while_it_is_looked_up_is_not_remembered_as_it_was(
    listener: Listener, monkeypatch: pytest.MonkeyPatch, step: str, *, waits: bool
) -> None:
    with transaction.atomic():
        world = by_team()
    wait_until_heard(listener)

    def revoke() -> None:
        leave(world)
        if waits:
            wait_until_heard(listener)

    with monkeypatch.context() as patch:
        patch.setitem(registry.resource_types, "generation", Interrupted(**{step: revoke}))
        assert decide(world).is_allowed is (step == "after")
    wait_until_heard(listener)
    assert not decide(world).is_allowed


NEW_SHARE: Final = """
INSERT INTO generations_share (id, created_at, updated_at, generation_id, team_id, role, shared_by_id, starts_at)
VALUES (gen_random_uuid(), now(), now(), %(generation)s, %(team)s, 1, %(owner)s, now() - interval '1 hour')
"""
MOVED_PROJECT: Final = "UPDATE teams_project SET team_id = %(team)s WHERE id = %(project)s"
LINKS: Final[Mapping[str, tuple[Callable[[], World], str]]] = {
    "a share": (owned, NEW_SHARE),
    "a move": (by_team, MOVED_PROJECT),
}
ENDS_OF_TEAMS: Final[Mapping[str, str]] = {
    "archived": "UPDATE teams_team SET archived_at = now() WHERE id = %(above)s",
    "moved": "UPDATE teams_team SET parent_id = %(elsewhere)s WHERE id = %(above)s",
}


@pytest.mark.usefixtures("listener")
@pytest.mark.parametrize("end", ENDS_OF_TEAMS)
@pytest.mark.parametrize("link", LINKS)
def test_a_link_and_the_end_of_its_team_that_do_not_see_each_other(link: str, end: str) -> None:
    """Neither transaction sees the other's change; whoever looked between their commits must hear of the second."""
    make, statement = LINKS[link]
    with transaction.atomic():
        world, person, top, elsewhere = make(), user_factory(), new_team(), new_team()
        above = new_team(parent=top)
        team = new_team(parent=above)
        join(top, person, Role.VIEWER)
    seen = World(person, world.generation)
    values = {
        "generation": world.generation.id, "owner": world.generation.owner_id, "team": team.id,
        "project": world.project.id if world.project else None, "above": above.id, "elsewhere": elsewhere.id,
    }  # fmt: skip
    parameters = connection.get_connection_params()
    with psycopg.connect(**parameters) as first, psycopg.connect(**parameters) as second:
        first.execute(statement, values)
        second.execute(ENDS_OF_TEAMS[end], values)
        first.commit()
        assert eventually(lambda: is_hit(seen))
        second.commit()
        sleep(LONGEST_LEASE_SECONDS)
    assert not decide(seen).is_allowed


@pytest.mark.usefixtures("listener")
def test_what_may_not_be_read_is_looked_up_each_time_as_what_is_not_there() -> None:
    with transaction.atomic():
        stranger, mine = user_factory(), owned()
        Generation.objects.filter(id=mine.generation.id).update(deleted_at=database_now())
    foreign = World(stranger, mine.generation)
    absent = World(stranger, Generation(id=uuid4()))
    for world in (foreign, mine, absent):
        for _ in range(3):
            decision = decide(world)
            assert (decision.is_allowed, decision.is_cache_hit) == (False, False)
            assert [it.layer for it in decision.timings][:2] == ["cache", "facts"]


def test_within_a_transaction_nothing_is_answered_from_memory_and_nothing_kept(listener: Listener) -> None:
    with transaction.atomic():
        world = by_team()
    wait_until_heard(listener)
    assert decide(world).is_allowed
    with transaction.atomic():
        assert not is_hit(world)
        leave(world)
        assert not decide(world).is_allowed
        transaction.set_rollback(True)
    assert decide(world).is_allowed


def test_without_a_lease_nothing_is_answered_from_memory(listener: Listener) -> None:
    with transaction.atomic():
        world = owned()
    assert not is_hit(world)
    assert is_hit(world)
    cut_listeners()
    assert eventually(lambda: not has_lease(listener))
    assert not decide(world).is_cache_hit
    assert eventually(lambda: has_lease(listener))
    caches[ALIAS].clear()
    assert not is_hit(world), "what was known before could have changed unheard"
    assert is_hit(world)


def test_an_unrelated_change_ends_no_other_answer(listener: Listener) -> None:
    with transaction.atomic():
        world, others = by_team(), [make() for make in WORLDS.values()]
    wait_until_heard(listener)
    decide(world)
    with transaction.atomic():
        for other in others:
            suspend(other.person)
            DELETED(other)
            archive(other.team)
    wait_until_heard(listener)
    assert is_hit(world)


def test_the_answer_says_where_it_came_from(listener: Listener) -> None:
    with transaction.atomic():
        world = owned()
    wait_until_heard(listener)
    client = APIClient()
    client.force_authenticate(Principal(world.person.id, uuid4()))  # type: ignore[arg-type]
    path = f"/api/v1/generations/{world.generation.id}/authorize"
    assert [client.post(path, {}, format="json").json()["cache_hit"] for _ in range(2)] == [False, True]


def test_a_delegation_that_comes_to_an_end_is_not_remembered_longer(listener: Listener) -> None:
    with transaction.atomic():
        lender, person = user_factory(), user_factory()
        generation = new_generation(lender)
        ends_at = database_now() + timedelta(milliseconds=200)
        delegated(generation, Permission.READ, by=lender, to=person, expires_at=ends_at)
    wait_until_heard(listener)
    world = World(person, generation)
    assert decide(world).is_allowed
    assert is_hit(world)
    while database_now() < ends_at:
        pass
    assert not decide(world).is_allowed
