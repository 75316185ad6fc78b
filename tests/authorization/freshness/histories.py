"""People, generations and teams among which everything changes, and what may be said about them meanwhile.

Each change is a span from before it was sent until it was answered. Within a span both the old and the new may be
said; outside of all spans only what is so.
"""

import random
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from hypothesis import settings

from accounts.models import User
from authorization.roles import Role
from generations import actions
from generations.models import Generation, GenerationUserGrant, Share
from generations.policies import GENERATION_RESOURCE
from teams.models import Membership, Project, Team
from tests.authorization.freshness.worlds import by_team, new_generation, stored_permission
from tests.generations.places import join, shared
from tests.support.factories import user_factory
from velro.database_clock import database_now

IS_LONG: Final = settings.get_current_profile_name() == "long"
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Span:
    """A change: when it was begun, when it was answered, and which pairs are allowed after it."""

    began: float
    ended: float
    allowed: frozenset[int]


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody and everything of this history."""

    people: list[User]
    generations: list[Generation]
    teams: list[Team]
    project: Project

    @property
    def pairs(self) -> list[Pair]:
        """Everybody with everything."""
        return [(str(user.id), str(generation.id)) for user in self.people for generation in self.generations]

    def allowed(self) -> frozenset[int]:
        """Numbers of the pairs that the database allows now, whatever anybody remembers."""
        ids = [generation.id for generation in self.generations]
        allowed = set()
        for place, user in enumerate(self.people):
            visible = set(
                GENERATION_RESOURCE.visible_to(user.id, actions.READ).filter(id__in=ids).values_list("id", flat=True)
            )
            allowed |= {place * len(ids) + number for number, it in enumerate(ids) if it in visible}
        return frozenset(allowed)


def a_cast() -> Cast:
    """Six people, five generations: three in the project of a team below another, two personal ones."""
    world = by_team()
    if world.team is None or world.above is None or world.project is None:
        raise AssertionError("this way leads through all of them")
    people = [world.person, *(user_factory() for _ in range(5))]
    in_project = [new_generation(people[place], world.project) for place in (1, 2)]
    personal = [new_generation(people[place]) for place in (3, 4)]
    return Cast(people, [world.generation, *in_project, *personal], [world.team, world.above], world.project)


def membership(cast: Cast, chance: random.Random) -> object:
    """Comes or goes."""
    team, user = chance.choice(cast.teams), chance.choice(cast.people)
    if Membership.objects.filter(team=team, user=user).delete()[0]:
        return None
    return join(team, user, chance.choice([Role.VIEWER, Role.MEMBER]))


def share(cast: Cast, chance: random.Random) -> object:
    """Comes or goes; some end by themselves."""
    team, generation = chance.choice(cast.teams), chance.choice(cast.generations)
    if Share.objects.filter(team=team, generation=generation).delete()[0]:
        return None
    return shared(generation, team)


def grant(cast: Cast, chance: random.Random) -> object:
    """In guardian's table, in bulk."""
    user, generation = chance.choice(cast.people), chance.choice(cast.generations)
    if GenerationUserGrant.objects.filter(content_object=generation, user=user).delete()[0]:
        return None
    row = GenerationUserGrant(content_object=generation, user=user, permission=stored_permission())
    return GenerationUserGrant.objects.bulk_create([row])


def status(cast: Cast, chance: random.Random) -> object:
    """Somebody is suspended, or is not any more."""
    user = User.objects.get(id=chance.choice(cast.people).id)
    return User.objects.filter(id=user.id).update(status="active" if user.status == "suspended" else "suspended")


def state(cast: Cast, chance: random.Random) -> object:
    """A generation is deleted, or taken back, by hand."""
    with connection.cursor() as cursor:
        return cursor.execute(
            "UPDATE generations_generation SET deleted_at = CASE WHEN deleted_at IS NULL THEN now() END WHERE id = %s",
            [chance.choice(cast.generations).id],
        )


def visibility(cast: Cast, chance: random.Random) -> object:
    """The project is closed to its team, or opened."""
    visible = chance.choice(["team", "restricted"])
    return Project.objects.filter(id=cast.project.id).update(visibility=visible)


def archiving(cast: Cast, chance: random.Random) -> object:
    """The upper team, with the lower one, is archived or restored."""
    team = Team.objects.get(id=chance.choice(cast.teams).id)
    return Team.objects.filter(id=team.id).update(archived_at=None if team.archived_at else database_now())


def place(cast: Cast, _: random.Random) -> object:
    """The lower team becomes a root, or not."""
    lower, upper = (Team.objects.get(id=team.id) for team in cast.teams)
    if lower.parent_id is None:
        return Team.objects.filter(id=lower.id).update(parent=upper)
    Membership.objects.get_or_create(team=lower, user=user_factory(), defaults={"role": Role.OWNER})
    return Team.objects.filter(id=lower.id).update(parent=None)


CHANGES: Final[tuple[Callable[[Cast, random.Random], object], ...]] = (
    membership, membership, membership, share, share, grant, status, state, visibility, archiving, place,
)  # fmt: skip


def faults(checks: list[Any], spans: list[Span]) -> list[str]:
    """Answers that were true at no moment between the beginning and the end of their check; none is no answer."""
    ends, wrong = [span.ended for span in spans], []
    for number, (started, is_allowed, is_hit, ended) in checks:
        if is_allowed is None:
            continue
        first = bisect_right(ends, started) - 1
        possible = set()
        for span in spans[first:]:
            if span.began > ended:
                break
            possible.add(number in span.allowed)
        if is_allowed not in possible:
            wrong.append(f"pair {number} at {started:.6f}: said {is_allowed}, from memory: {is_hit}")
    return wrong
