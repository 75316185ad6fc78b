"""Puts a world of the reference into the database, by bulk calls that no service stands in the way of."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.contrib.auth.models import Group, Permission
from django.db import connection

from accounts.models import User
from authorization.models import BreakGlassGrant
from authorization.role_fields import bits_of
from authorization.roles import Permission as Access
from generations.models import Delegation, Generation, GenerationGroupGrant, GenerationUserGrant, Share
from teams.models import Membership, Project, ProjectMembership, Team
from tests.authorization.reference.world import Window, World
from tests.authorization.reference.worlds import GROUPS

LONG_AGO: Final = timedelta(minutes=9)
# Found ahead of PostgreSQL's own by its unqualified name, so that a moment can be met exactly.
STOPPED_CLOCK: Final = """
CREATE SCHEMA stopped_clock;
CREATE FUNCTION stopped_clock.statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
    AS $$ SELECT current_setting('stopped_clock.now')::timestamptz $$;
SET LOCAL search_path = stopped_clock, pg_catalog, public;
"""


@contextmanager
def clock_at(now: datetime) -> Iterator[None]:
    """Inside a transaction: the clock of the database stands still at `now`."""
    with connection.cursor() as cursor:
        cursor.execute(STOPPED_CLOCK)
    set_clock(now)
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL search_path TO DEFAULT; DROP SCHEMA stopped_clock CASCADE")


def set_clock(now: datetime) -> None:
    """Move the stopped clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('stopped_clock.now', %s, true)", [now.isoformat()])


def store(world: World, *, now: datetime) -> None:
    """Write everything. What began at no particular time began before `now`."""
    _store_people(world)
    _store_teams(world)
    store_generations(world, now)
    _store_exceptions(world, now)


def _store_people(world: World) -> None:
    User.objects.bulk_create(
        User(id=person, email=f"{person}@velro.test", status=it.status, is_superuser=it.is_superuser)
        for person, it in world.people.items()
    )
    Group.objects.bulk_create(Group(id=group, name=str(group)) for group in GROUPS)
    User.groups.through.objects.bulk_create(
        User.groups.through(group_id=group, user_id=person) for group, person in world.group_members
    )


def _store_teams(world: World) -> None:
    archived_at = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    Team.objects.bulk_create(
        Team(
            id=team,
            parent_id=it.parent,
            name=str(team),
            slug=str(team),
            archived_at=archived_at if it.is_archived else None,
        )
        for team, it in world.teams.items()
    )
    Membership.objects.bulk_create(
        Membership(team_id=team, user_id=person, role=role) for (team, person), role in world.memberships.items()
    )
    Project.objects.bulk_create(
        Project(id=project, team_id=it.team, name=str(project), visibility=it.visibility)
        for project, it in world.projects.items()
    )
    ProjectMembership.objects.bulk_create(
        ProjectMembership(project_id=project, user_id=person, role=role)
        for (project, person), role in world.project_roles.items()
    )


def store_generations(world: World, now: datetime) -> None:
    """Write them; people and projects are there."""
    Generation.objects.bulk_create(
        Generation(
            id=generation,
            owner_id=it.creator,
            project_id=it.project,
            model="fal-ai/flux/schnell",
            kind="image",
            input={"prompt": "a fox"},
            estimated_cost=0,
            deadline_at=now,
            **({} if it.state == "available" else {f"{it.state}_at": now}),
        )
        for generation, it in world.generations.items()
    )


def _store_exceptions(world: World, now: datetime) -> None:
    keeper = next(iter(world.people))
    Share.objects.bulk_create(
        Share(
            generation_id=it.generation,
            team_id=it.team,
            role=it.role,
            shared_by_id=keeper,
            **_times(it.window, now),
        )
        for it in world.shares
    )
    Delegation.objects.bulk_create(
        Delegation(
            id=it.id,
            generation_id=it.generation,
            delegator_id=it.delegator,
            delegate_id=it.delegate,
            permissions=_bits(it.permissions),
            **_times(it.window, now),
        )
        for it in world.delegations
    )
    BreakGlassGrant.objects.bulk_create(
        BreakGlassGrant(
            user_id=it.superuser,
            resource_type="generation",
            resource_id=it.generation,
            permissions=_bits(it.permissions),
            reason="A reason",
            **_times(it.window, now, start="opened_at"),
        )
        for it in world.broken_glass
    )
    _store_object_grants(world)


def _times(window: Window, now: datetime, *, start: str = "starts_at") -> dict[str, Any]:
    return {start: window.starts_at or now - LONG_AGO, "expires_at": window.expires_at}


def _bits(permissions: Iterable[str]) -> int:
    return bits_of(Access(name) for name in permissions)


def _store_object_grants(world: World) -> None:
    ids = {
        permission.codename.removesuffix("_generation"): permission.pk
        for permission in Permission.objects.filter(
            content_type__app_label="generations", content_type__model="generation"
        )
    }
    rows = [(it, ids[name]) for it in world.object_grants for name in it.permissions]
    GenerationUserGrant.objects.bulk_create(
        GenerationUserGrant(content_object_id=it.generation, user_id=it.holder, permission_id=permission)
        for it, permission in rows
        if isinstance(it.holder, UUID)
    )
    GenerationGroupGrant.objects.bulk_create(
        GenerationGroupGrant(content_object_id=it.generation, group_id=it.holder, permission_id=permission)
        for it, permission in rows
        if isinstance(it.holder, int)
    )
