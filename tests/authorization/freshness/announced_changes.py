"""One change for each trigger, and what it must announce."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from django.db import connection
from django.utils import timezone

from accounts.models import ApiKey, Session, SigningKey, User
from accounts.services.sessions import Device, open_session
from authorization.freshness.announcements import ANNOUNCEMENTS
from authorization.roles import Role
from generations.models import Delegation, GenerationGroupGrant, GenerationUserGrant, Share
from teams.models import Membership, Project, ProjectMembership, Team
from tests.authorization.freshness.worlds import (
    World,
    by_broken_glass,
    by_delegation,
    by_group_grant,
    by_project,
    by_share,
    by_team,
    by_user_grant,
    new_generation,
    owned,
    stored_permission,
)
from tests.generations.places import join, new_team, shared
from tests.support.api_keys import key_of
from tests.support.factories import user_factory


@dataclass(frozen=True, slots=True)
class Case:
    """A change in a world, in SQL or by the ORM, and what it must announce."""

    make: Callable[[], World]
    change: Callable[[World], object]
    announces: Callable[[World], str]


def run(statement: str, *values: UUID | str | None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def person(world: World) -> str:
    return f"user:{world.person.id}"


def project(world: World) -> str:
    return f"project:{world.project.id}" if world.project else ""


def team(world: World) -> str:
    return f"team:{id_of(world.team)}"


def generation(world: World) -> str:
    return f"generation:{world.generation.id}"


def id_of(row: Team | Project | None) -> UUID:
    if row is None:
        raise AssertionError("this way leads through it")
    return row.id


def signed_in_somewhere() -> World:
    person = user_factory()
    open_session(person, device=Device("127.0.0.1", ""))
    return World(person, new_generation())


def with_a_key() -> World:
    world = World(user_factory(), new_generation())
    key_of(world.person)
    return world


def api_key(world: World) -> str:
    return f"api_key:{ApiKey.objects.get(user=world.person).id}"


def session(world: World) -> str:
    return f"session:{Session.objects.get(user=world.person).id}"


def without_ties() -> World:
    return World(user_factory(), new_generation())


def placed_below_another(world: World) -> object:
    return Team.objects.filter(id=id_of(world.team)).update(parent=new_team())


def made_a_root(world: World) -> object:
    join(world.team, user_factory(), Role.OWNER) if world.team else None
    return Team.objects.filter(id=id_of(world.team)).update(parent=None)


def closed(world: World) -> object:
    return Team.objects.filter(id=id_of(world.team)).update(archived_at=timezone.now())


def project_deleted(world: World) -> object:
    """By itself, after all that hangs on it."""
    wanted = id_of(world.project)
    run("UPDATE generations_generation SET project_id = NULL WHERE project_id = %s", wanted)
    run("DELETE FROM teams_projectmembership WHERE project_id = %s", wanted)
    return run("DELETE FROM teams_project WHERE id = %s", wanted)


def granted_to_group(world: World) -> object:
    return GenerationGroupGrant.objects.create(
        content_object=world.generation, group=by_group_grant().person.groups.get(), permission=stored_permission()
    )


def glass_broken(world: World) -> object:
    other = by_broken_glass()
    return run("UPDATE authorization_breakglassgrant SET resource_id = %s WHERE resource_id = %s",
               world.generation.id, other.generation.id)  # fmt: skip


def glass_opened(world: World) -> object:
    return run(
        "INSERT INTO authorization_breakglassgrant (id, user_id, resource_type, resource_id, permissions, reason,"
        " expires_at) VALUES (%s, %s, 'generation', %s, 1, 'To try it', now() + interval '1 minute')",
        uuid4(), world.person.id, world.generation.id,
    )  # fmt: skip


# By the name of the trigger, `announce_` left out.
CASES: Final[dict[str, Case]] = {
    "people_update": Case(owned, lambda it: User.objects.filter(id=it.person.id).update(status="suspended"), person),
    "people_delete": Case(
        without_ties, lambda it: run("DELETE FROM accounts_user WHERE id = %s", it.person.id), person
    ),
    "sessions_update": Case(
        signed_in_somewhere, lambda it: Session.objects.filter(user=it.person).update(last_country="DE"), session
    ),
    "sessions_delete": Case(
        signed_in_somewhere, lambda it: run("DELETE FROM accounts_session WHERE user_id = %s", it.person.id), session
    ),
    "api_keys_update": Case(
        with_a_key, lambda it: ApiKey.objects.filter(user=it.person).update(revoked_at=timezone.now()), api_key
    ),
    "api_keys_delete": Case(
        with_a_key, lambda it: run("DELETE FROM accounts_apikey WHERE user_id = %s", it.person.id), api_key
    ),
    "groups_insert": Case(without_ties, lambda it: it.person.groups.add(by_group_grant().person.groups.get()), person),
    "groups_update": Case(
        by_group_grant,
        lambda it: run(
            "UPDATE accounts_user_groups SET user_id = %s WHERE user_id = %s", user_factory().id, it.person.id
        ),
        person,
    ),
    "groups_delete": Case(by_group_grant, lambda it: it.person.groups.clear(), person),
    "memberships_insert": Case(without_ties, lambda it: join(new_team(), it.person, Role.VIEWER), person),
    "memberships_update": Case(
        by_team, lambda it: Membership.objects.filter(user=it.person).update(role=Role.MEMBER), person
    ),
    "memberships_delete": Case(by_team, lambda it: Membership.objects.filter(user=it.person).delete(), person),
    "project_memberships_insert": Case(
        without_ties,
        lambda it: ProjectMembership.objects.create(
            project_id=id_of(by_project().project), user=it.person, role=Role.VIEWER
        ),
        person,
    ),
    "project_memberships_update": Case(
        by_project, lambda it: ProjectMembership.objects.filter(user=it.person).update(role=Role.MEMBER), person
    ),
    "project_memberships_delete": Case(
        by_project, lambda it: ProjectMembership.objects.filter(user=it.person).delete(), person
    ),
    "projects_update": Case(
        by_team, lambda it: Project.objects.filter(id=id_of(it.project)).update(visibility="restricted"), project
    ),
    "projects_delete": Case(
        by_project,
        project_deleted,
        project,
    ),
    "ancestors_insert": Case(by_project, placed_below_another, team),
    "ancestors_delete": Case(by_share, made_a_root, team),
    "closing_update": Case(by_team, closed, team),
    "generations_update": Case(
        owned,
        lambda it: run("UPDATE generations_generation SET archived_at = now() WHERE id = %s", it.generation.id),
        generation,
    ),
    "generations_delete": Case(
        owned, lambda it: run("DELETE FROM generations_generation WHERE id = %s", it.generation.id), generation
    ),
    "shares_insert": Case(owned, lambda it: shared(it.generation, new_team()), generation),
    "shares_update": Case(
        by_share, lambda it: Share.objects.filter(generation=it.generation).update(role=Role.MEMBER), generation
    ),
    "shares_delete": Case(by_share, lambda it: Share.objects.filter(generation=it.generation).delete(), generation),
    "delegations_insert": Case(
        owned,
        lambda it: run(
            "INSERT INTO generations_delegation (id, created_at, updated_at, generation_id, delegator_id, delegate_id,"
            " permissions, starts_at, expires_at)"
            " VALUES (%s, now(), now(), %s, %s, %s, 1, now(), now() + interval '1 hour')",
            uuid4(),
            it.generation.id,
            it.person.id,
            user_factory().id,
        ),
        generation,
    ),
    "delegations_update": Case(
        by_delegation,
        lambda it: run(
            "UPDATE generations_delegation SET expires_at = now() WHERE generation_id = %s", it.generation.id
        ),
        generation,
    ),
    "delegations_delete": Case(
        by_delegation, lambda it: Delegation.objects.filter(generation=it.generation).delete(), generation
    ),
    "user_grants_insert": Case(
        owned,
        lambda it: GenerationUserGrant.objects.create(
            content_object=it.generation, user=user_factory(), permission=stored_permission()
        ),
        generation,
    ),
    "user_grants_update": Case(
        by_user_grant,
        lambda it: GenerationUserGrant.objects.filter(content_object=it.generation).update(user=user_factory()),
        generation,
    ),
    "user_grants_delete": Case(
        by_user_grant, lambda it: GenerationUserGrant.objects.filter(content_object=it.generation).delete(), generation
    ),
    "group_grants_insert": Case(owned, granted_to_group, generation),
    "group_grants_update": Case(
        by_group_grant,
        lambda it: GenerationGroupGrant.objects.filter(content_object=it.generation).update(
            content_object=new_generation()
        ),
        generation,
    ),
    "group_grants_delete": Case(
        by_group_grant,
        lambda it: GenerationGroupGrant.objects.filter(content_object=it.generation).delete(),
        generation,
    ),
    "broken_glass_insert": Case(without_ties, glass_opened, generation),
    "broken_glass_update": Case(without_ties, glass_broken, generation),
    "broken_glass_delete": Case(
        by_broken_glass,
        lambda it: run("DELETE FROM authorization_breakglassgrant WHERE resource_id = %s", it.generation.id),
        generation,
    ),
}
# What makes everything earlier doubtful.
SWEEPING: Final[dict[str, Callable[[], object]]] = {
    "permissions_update": lambda: run(
        "UPDATE auth_permission SET codename = 'renamed' WHERE codename = 'read_generation'"
    ),
    "signing_keys_update": lambda: SigningKey.objects.update(kid="another"),
    "signing_keys_delete": lambda: run("DELETE FROM accounts_signingkey"),
    "permissions_delete": lambda: run("DELETE FROM auth_permission WHERE codename = 'add_logentry'"),
}
TRUNCATED: Final = {
    "people": "accounts_user", "api_keys": "accounts_apikey", "sessions": "accounts_session",
    "signing_keys": "accounts_signingkey",
    "groups": "accounts_user_groups", "permissions": "auth_permission",
    "broken_glass": "authorization_breakglassgrant", "memberships": "teams_membership",
    "project_memberships": "teams_projectmembership", "projects": "teams_project",
    "ancestors": "teams_teamancestor",
    "closing": "teams_team", "generations": "generations_generation",
    "shares": "generations_share", "delegations": "generations_delegation",
    "user_grants": "generations_generationusergrant", "group_grants": "generations_generationgroupgrant",
}  # fmt: skip
TABLES: Final = {trigger: it.table for it in ANNOUNCEMENTS for trigger in it.triggers}
