"""Worlds at random, small enough to be read when one fails and crooked enough to meet every rule."""

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID

from hypothesis import strategies as st

from tests.authorization.reference.world import (
    ROLES,
    BreakGlass,
    Delegation,
    Generation,
    ObjectGrant,
    Person,
    Project,
    Share,
    Team,
    Window,
    World,
)

Value = TypeVar("Value")
INSTANT: Final = timedelta(microseconds=1)
STATES: Final = (*["available"] * 5, "archived", "quarantined", "deleted")
STATUSES: Final = (*["active"] * 8, "suspended", "deactivated")
DELEGABLE: Final = ("read", "write", "delete")
GROUPS: Final = (900_001, 900_002)
ids: Final = st.integers(0, 2**128 - 1).map(lambda number: UUID(int=number, version=4))


@st.composite
def worlds(draw: st.DrawFn, now: datetime) -> World:
    """At the moment `now`, which is the first or the last of many windows."""
    world = World()
    people = _some(draw, range(3, 5))
    world.people = {person: Person(draw(st.sampled_from(STATUSES)), draw(st.booleans())) for person in people}
    _draw_teams(draw, world)
    _draw_projects(draw, world)
    _draw_generations(draw, world)
    _draw_exceptions(draw, world, now)
    return world


def _some(draw: st.DrawFn, count: range) -> list[UUID]:
    return draw(st.lists(ids, min_size=count.start, max_size=count.stop - 1, unique=True))


def _draw_teams(draw: st.DrawFn, world: World) -> None:
    """Any forest, or a line of up to ten; every root has an active owner, who is nobody else."""
    is_chain = draw(st.integers(0, 3)) == 3
    above: list[UUID | None] = [None]
    for team in _some(draw, range(8, 11) if is_chain else range(3, 7)):
        parent = above[-1] if is_chain else draw(st.sampled_from(above))
        world.teams[team] = Team(parent, is_archived=draw(st.integers(0, 15)) == 15)
        above.append(team)
    world.memberships = _draw_roles(draw, world.teams, world.people, roles=("member", *ROLES))
    keeper = draw(ids)
    world.people[keeper] = Person()
    world.memberships |= {(team, keeper): "owner" for team, it in world.teams.items() if it.parent is None}


def _draw_roles(
    draw: st.DrawFn, places: Collection[UUID], people: Collection[UUID], *, roles: tuple[str, ...]
) -> dict[tuple[UUID, UUID], str]:
    pairs = [(place, person) for place in places for person in people]
    drawn = {pair: draw(st.sampled_from([*[None] * 5, *roles])) for pair in pairs}
    return {pair: role for pair, role in drawn.items() if role is not None}


def _draw_projects(draw: st.DrawFn, world: World) -> None:
    for project in _some(draw, range(2, 4)):
        visibility = draw(st.sampled_from(["restricted", "team"]))
        world.projects[project] = Project(draw(st.sampled_from(list(world.teams))), visibility)
    world.project_roles = _draw_roles(draw, world.projects, world.people, roles=("viewer", "member", "admin"))


def _draw_generations(draw: st.DrawFn, world: World) -> None:
    homes = st.sampled_from([*world.projects, *world.projects, None])
    creators = st.sampled_from(list(world.people)[::-1])
    for made in _some(draw, range(4, 7)):
        world.generations[made] = Generation(draw(creators), draw(homes), draw(st.sampled_from(STATES)))


def _draw_exceptions(draw: st.DrawFn, world: World, now: datetime) -> None:
    made, people = st.sampled_from(list(world.generations)), st.sampled_from(list(world.people))
    world.group_members = draw(st.sets(st.tuples(st.sampled_from(GROUPS), people), max_size=4))
    shared = st.builds(Share, made, st.sampled_from(list(world.teams)), st.sampled_from(ROLES[:2]), windows(now))
    world.shares = _distinct(draw(st.lists(shared, min_size=1, max_size=5)), key=lambda it: (it.generation, it.team))
    holders = st.one_of(people, st.sampled_from(GROUPS))
    granted = draw(st.lists(st.builds(ObjectGrant, made, holders, _permissions(*DELEGABLE, "share")), max_size=4))
    world.object_grants = _distinct(granted, key=lambda it: (it.generation, it.holder))
    world.delegations = [_delegation(draw, world, now) for _ in range(draw(st.integers(2, 8)))]
    # Glass that was broken stays so for somebody who is no superuser any more, but gives nothing.
    glass = st.builds(BreakGlass, made, people, windows(now, is_endless=False))
    world.broken_glass = draw(st.lists(glass, min_size=1, max_size=5))


def _delegation(draw: st.DrawFn, world: World, now: datetime) -> Delegation:
    """Mostly by the creator or by somebody with an object grant, who have something to pass on."""
    made = draw(st.sampled_from(list(world.generations)))
    granted = [it.holder for it in world.object_grants if it.generation == made and isinstance(it.holder, UUID)]
    people = list(world.people)
    delegator = draw(st.sampled_from([world.generations[made].creator, *granted, *granted, people[-2]]))
    delegate = draw(st.sampled_from([person for person in people if person != delegator]))
    return Delegation(made, delegator, delegate, draw(_permissions(*DELEGABLE)), draw(windows(now, is_endless=False)))


def _permissions(*names: str) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(names), min_size=1)


def windows(now: datetime, *, is_endless: bool = True) -> st.SearchStrategy[Window]:
    """Mostly open, with `now` often the first moment, or the one after the last."""
    starts = [None, now - timedelta(minutes=5), now - INSTANT, now, now + INSTANT]
    ends = [now + timedelta(minutes=5), now + INSTANT, now, now - INSTANT, *([None] if is_endless else [])]
    pairs = [(start, end) for start in starts for end in ends if start is None or end is None or start < end]
    return st.sampled_from([Window(start, end) for start, end in pairs])


def _distinct(found: list[Value], *, key: Callable[[Value], object]) -> list[Value]:
    return list({key(it): it for it in found}.values())
