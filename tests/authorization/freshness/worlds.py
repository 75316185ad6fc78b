"""A small world in which one person reaches one generation by one way, and all that takes the way away."""

from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as StoredPermission
from django.utils import timezone

from accounts.models import User
from authorization import engine
from authorization.facts import Decision, Principal
from authorization.freshness.listener import LISTENER
from authorization.models import BreakGlassGrant
from authorization.roles import Permission, Role
from generations import actions
from generations.models import Generation, GenerationGroupGrant, GenerationUserGrant
from teams.models import Project, ProjectMembership, Team
from tests.authorization.freshness.conftest import eventually, has_new_lease
from tests.generations.places import HOUR, delegated, join, new_project, new_team, shared
from tests.support.factories import user_factory
from velro.database_clock import database_now

READ_GENERATION: Final = "read_generation"


@dataclass(frozen=True, slots=True)
class World:
    """`person` may read `generation`; the rest is what the way leads through, where it does."""

    person: User
    generation: Generation
    team: Team | None = None
    above: Team | None = None
    project: Project | None = None
    lender: User | None = None


def decide(world: World) -> Decision:
    """Whether the person may read it, as this process says."""
    return engine.decide(Principal(world.person.id, uuid4()), actions.READ, world.generation.id)


def is_hit(world: World) -> bool:
    """Whether that is answered from memory, asked when it may be."""
    assert eventually(lambda: has_new_lease(LISTENER))
    return decide(world).is_cache_hit


def new_generation(owner: User | None = None, project: Project | None = None) -> Generation:
    """Stored without a job."""
    return Generation.objects.create(
        owner=owner or user_factory(),
        project=project,
        model="fal-ai/flux/schnell",
        kind="image",
        input={},
        estimated_cost=0,
        deadline_at=timezone.now() + HOUR,
    )


def owned() -> World:
    """Rule 3."""
    person = user_factory()
    return World(person, new_generation(person))


def by_team() -> World:
    """Rules 1 and 2, through two levels."""
    person, above = user_factory(), new_team()
    team = new_team(parent=above)
    join(above, person, Role.VIEWER)
    project = new_project(team)
    return World(person, new_generation(project=project), team, above, project)


def by_project() -> World:
    """Rule 2, in a restricted project."""
    person, team = user_factory(), new_team()
    join(team, person, Role.VIEWER)
    project = new_project(team, visibility="restricted")
    ProjectMembership.objects.create(project=project, user=person, role=Role.VIEWER)
    return World(person, new_generation(project=project), team, project=project)


def by_share() -> World:
    """Rule 4, through two levels."""
    person, above = user_factory(), new_team()
    team = new_team(parent=above)
    join(above, person, Role.VIEWER)
    generation = new_generation()
    shared(generation, team)
    return World(person, generation, team, above)


def by_delegation() -> World:
    """Rule 5, from somebody who reaches it through a team."""
    world, person = by_team(), user_factory()
    delegated(world.generation, Permission.READ, by=world.person, to=person)
    return World(person, world.generation, world.team, world.above, world.project, lender=world.person)


def by_user_grant() -> World:
    """Rule 6."""
    person, generation = user_factory(), new_generation()
    GenerationUserGrant.objects.create(content_object=generation, user=person, permission=stored_permission())
    return World(person, generation)


def by_group_grant() -> World:
    """Rule 6, through a group."""
    person, generation, group = user_factory(), new_generation(), Group.objects.create(name=uuid4().hex)
    person.groups.add(group)
    GenerationGroupGrant.objects.create(content_object=generation, group=group, permission=stored_permission())
    return World(person, generation)


def by_broken_glass() -> World:
    """Rule 7."""
    person, generation = user_factory(is_superuser=True, is_staff=True), new_generation()
    now = database_now()
    BreakGlassGrant.objects.create(
        user=person, resource_type="generation", resource_id=generation.id, permissions=frozenset({Permission.READ}),
        reason="To try it", opened_at=now, expires_at=now + HOUR / 4,
    )  # fmt: skip
    return World(person, generation)


def stored_permission() -> StoredPermission:
    """The row of guardian's that stands for reading."""
    return StoredPermission.objects.get(codename=READ_GENERATION)
