"""What people do in the machine, through the product's own services. Each raises a VelroError when it is refused."""

from uuid import UUID, uuid4

from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from accounts.services import account_status
from authorization import break_glass as breaking
from authorization.facts import Principal
from authorization.grants import grant_permission, revoke_permission
from authorization.roles import Permission, Role
from generations.models import Generation
from generations.services import delegations, sharing
from generations.services.delegations import DelegationWish
from generations.services.sharing import ShareWish
from teams.access import access_project
from teams.actions import CREATE_IN_PROJECT
from teams.models import Visibility
from teams.services import creation, membership, project_members, projects, tree
from tests.authorization.reference.world import Generation as Made
from tests.authorization.reference.world import Window, World
from tests.authorization.stored_worlds import store_generations
from velro.audit.services import SYSTEM, Actor


def any_version(_: object) -> None:
    """No step is about versions."""


def principal_of(person: UUID) -> Principal:
    return Principal(person, uuid4())


def create_team(person: UUID, parent: UUID | None) -> UUID:
    return creation.create_team("A team", principal=principal_of(person), parent_id=parent).id


def delete_team(person: UUID, team: UUID) -> None:
    creation.delete_team(team, principal=principal_of(person))


def add_member(person: UUID, team: UUID, user: UUID, role: str) -> None:
    membership.add_member(team, principal=principal_of(person), user_id=user, role=Role(role))


def change_role(person: UUID, team: UUID, user: UUID, role: str | None) -> None:
    if role is None:
        membership.remove_member(team, principal=principal_of(person), user_id=user)
    else:
        membership.change_role(team, principal=principal_of(person), user_id=user, role=Role(role))


def leave_team(person: UUID, team: UUID) -> None:
    membership.leave_team(team, principal=principal_of(person))


def transfer_team(person: UUID, team: UUID, user: UUID) -> None:
    membership.transfer_team(team, principal=principal_of(person), user_id=user)


def move_team(person: UUID, team: UUID, parent: UUID | None) -> None:
    tree.move_team(team, principal=principal_of(person), parent_id=parent)


def archive_team(person: UUID, team: UUID) -> None:
    tree.archive_team(team, principal=principal_of(person))


def restore_team(person: UUID, team: UUID) -> None:
    tree.restore_team(team, principal=principal_of(person))


def create_project(person: UUID, team: UUID, visibility: str) -> UUID:
    made = projects.create_project(
        team, principal=principal_of(person), name="A project", visibility=Visibility(visibility)
    )
    return made.id


def set_visibility(person: UUID, project: UUID, visibility: str) -> None:
    projects.change_project(project, principal=principal_of(person), visibility=Visibility(visibility))


def put_project_member(person: UUID, project: UUID, user: UUID, role: str) -> None:
    project_members.put_project_member(
        project, principal=principal_of(person), user_id=user, role=Role(role), check=any_version
    )


def remove_project_member(person: UUID, project: UUID, user: UUID) -> None:
    project_members.remove_project_member(project, principal=principal_of(person), user_id=user)


def create_generation(person: UUID, project: UUID | None) -> UUID:
    if project is not None:
        access_project(principal_of(person), project, action=CREATE_IN_PROJECT)
    made = uuid4()
    store_generations(World(generations={made: Made(person, project)}), timezone.now())
    return made


def change_state(generation: UUID, state: str) -> None:
    """By whoever may: the state is what counts here."""
    times = {f"{name}_at": timezone.now() if name == state else None for name in ("archived", "quarantined", "deleted")}
    Generation.objects.filter(id=generation).update(**times)


def share(person: UUID, generation: UUID, team: UUID, role: str, window: Window) -> None:
    wish = ShareWish(team, Role(role), window.starts_at, window.expires_at)
    sharing.share_generation(principal_of(person), generation, wish=wish, check=any_version)


def withdraw_share(person: UUID, generation: UUID, team: UUID) -> None:
    sharing.withdraw_share(principal_of(person), generation, team_id=team, check=any_version)


def delegate(person: UUID, generation: UUID, user: UUID, permissions: frozenset[str], window: Window) -> UUID:
    expires_at = window.expires_at
    assert expires_at is not None
    wish = DelegationWish(user, frozenset(map(Permission, permissions)), expires_at, window.starts_at)
    return delegations.delegate_generation(principal_of(person), generation, wish=wish).id


def revoke_delegation(person: UUID, generation: UUID, delegation: UUID) -> None:
    delegations.revoke_delegation(principal_of(person), generation, delegation_id=delegation, check=any_version)


def set_grant(person: UUID, generation: UUID, holder: UUID | int, permission: str, *, is_given: bool) -> None:
    actor, on = Actor(person, uuid4()), Generation.objects.get(id=generation)
    whose = User.objects.get(id=holder) if isinstance(holder, UUID) else Group.objects.get(id=holder)
    if is_given:
        grant_permission(Permission(permission), to=whose, on=on, actor=actor)
    else:
        revoke_permission(Permission(permission), holder=whose, on=on, actor=actor)


def set_group(person: UUID, group: int, *, is_in: bool) -> None:
    groups = User.objects.get(id=person).groups
    if is_in:
        groups.add(group)
    else:
        groups.remove(group)


def break_glass(person: UUID, generation: UUID) -> None:
    wanted = breaking.Breaking("generation", generation, "The machine wants to have a look.")
    breaking.break_glass(wanted, actor=Actor(person, uuid4()))


def set_active(person: UUID, *, is_active: bool) -> None:
    change = account_status.reactivate_account if is_active else account_status.suspend_account
    assert change(person, actor=SYSTEM)
