"""Who has a role of their own in a project. It counts only while they have some role in its team."""

from collections.abc import Callable
from uuid import UUID

from authorization.facts import Principal
from authorization.roles import Role
from teams.actions import MANAGE_PROJECT, SEE_PROJECT_MEMBERS
from teams.errors import NotInTeam
from teams.models import ProjectMembership
from teams.services.changes import Check, any_version
from teams.services.locking import lock_role
from teams.services.projects import ProjectChange, changing_project
from velro.errors import NotFound

CheckMembership = Callable[[ProjectMembership | None], None]


def put_project_member(
    project_id: UUID,
    *,
    principal: Principal,
    user_id: UUID,
    role: Role,
    check: CheckMembership,
) -> None:
    """Give somebody of the team a role in the project, or another one.

    `check` sees the locked membership that is to change, or None. Raises NotFound, PermissionDenied or NotInTeam.
    """
    with changing_project(project_id, principal=principal, action=MANAGE_PROJECT, with_people=[user_id]) as change:
        change.require_reach(role)
        if lock_role(user_id, change.project.team_id) is None:
            raise NotInTeam
        membership = _lock_membership(change, user_id)
        if membership is not None:
            change.require_reach(membership.role)
        check(membership)
        _give(role, change=change, membership=membership, user_id=user_id)


def remove_project_member(project_id: UUID, *, principal: Principal, user_id: UUID, check: Check = any_version) -> None:
    """Take somebody's own role in the project; everybody may give up theirs. Raises NotFound or PermissionDenied."""
    is_leaving = user_id == principal.user_id
    action = SEE_PROJECT_MEMBERS if is_leaving else MANAGE_PROJECT
    with changing_project(project_id, principal=principal, action=action) as change:
        membership = _lock_membership(change, user_id)
        if membership is None:
            raise NotFound
        if not is_leaving:
            change.require_reach(membership.role)
        check(membership)
        membership.delete()
        change.record("project_membership.removed", user=user_id, role=membership.role)


def _lock_membership(change: ProjectChange, user_id: UUID) -> ProjectMembership | None:
    return ProjectMembership.objects.select_for_update().filter(project=change.project, user_id=user_id).first()


def _give(role: Role, *, change: ProjectChange, membership: ProjectMembership | None, user_id: UUID) -> None:
    if membership is None:
        ProjectMembership.objects.create(project=change.project, user_id=user_id, role=role)
        change.record("project_membership.added", user=user_id, role=role)
    elif role is not membership.role:
        before = membership.role
        membership.role = role
        membership.save(update_fields=["role", "updated_at"])
        change.record("project_membership.role_changed", user=user_id, **{"from": before, "to": role})
