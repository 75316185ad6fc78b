"""Who is in a team with which role. Whoever changes that holds the lock of the team, so changes come one by one."""

from uuid import UUID

from authorization.facts import Principal
from authorization.roles import Role
from teams.actions import LEAVE_TEAM, MANAGE_MEMBERS, TRANSFER_TEAM
from teams.errors import AlreadyMember, MembershipInherited
from teams.models import Membership
from teams.services.changes import Caller, Check, TeamChange, any_version, changing_team
from teams.services.locking import lock_membership, lock_role
from velro.errors import FieldProblem, InvalidInput, NotFound


def add_member(team_id: UUID, *, principal: Caller, user_id: UUID, role: Role) -> Membership:
    """Without asking them: for operators and for set-up; others invite. Raises AlreadyMember, PermissionDenied."""
    with changing_team(team_id, principal=principal, action=MANAGE_MEMBERS, with_people=[user_id]) as change:
        change.require_reach(role, user_id=user_id)
        if user_id not in change.people:
            raise NotFound
        if lock_membership(team_id, user_id) is not None:
            raise AlreadyMember
        membership = Membership.objects.create(team=change.team, user_id=user_id, role=role)
        change.record("membership.added", user=user_id, role=role)
    return membership


def change_role(team_id: UUID, *, principal: Caller, user_id: UUID, role: Role, check: Check = any_version) -> None:
    """Give a member another role of their own. Raises PermissionDenied, LastOwner, MembershipInherited."""
    with changing_team(team_id, principal=principal, action=MANAGE_MEMBERS) as change:
        membership = _own_membership(change, user_id)
        change.require_reach(membership.role, role, user_id=user_id)
        check(membership)
        if role is not membership.role:
            before = set_role(membership, role)
            change.record("membership.role_changed", user=user_id, **{"from": before, "to": role})


def remove_member(team_id: UUID, *, principal: Caller, user_id: UUID, check: Check = any_version) -> None:
    """Take a member's own role. Raises PermissionDenied, LastOwner, MembershipInherited."""
    with changing_team(team_id, principal=principal, action=MANAGE_MEMBERS) as change:
        membership = _own_membership(change, user_id)
        change.require_reach(membership.role, user_id=user_id)
        check(membership)
        membership.delete()
        change.record("membership.removed", user=user_id, role=membership.role)


def leave_team(team_id: UUID, *, principal: Principal, check: Check = any_version) -> None:
    """Give up one's own role; what comes from above stays. Raises LastOwner, MembershipInherited."""
    with changing_team(team_id, principal=principal, action=LEAVE_TEAM) as change:
        membership = _own_membership(change, principal.user_id)
        check(change.team)
        membership.delete()
        change.record("membership.left", user=principal.user_id, role=membership.role)


def transfer_team(team_id: UUID, *, principal: Caller, user_id: UUID, check: Check = any_version) -> None:
    """Make somebody with any role in the team its owner; who owned it becomes an admin.

    An owner by a role from above keeps that role: there is nothing in this team to hand over.
    """
    with changing_team(team_id, principal=principal, action=TRANSFER_TEAM, with_people=[user_id]) as change:
        change.require_reach(Role.OWNER, user_id=user_id)
        check(change.team)
        if user_id == principal.user_id or lock_role(user_id, team_id) is None:
            fault = FieldProblem("/user", "not_a_member", "Choose somebody else who has a role in the team.")
            raise InvalidInput(errors=[fault])
        raise_role(team_id, user_id, Role.OWNER)
        own = lock_membership(team_id, principal.user_id) if isinstance(principal, Principal) else None
        if own is not None:
            set_role(own, Role.ADMIN)
        change.record("team.transferred", **{"from": principal.user_id, "to": user_id})


def set_role(membership: Membership, role: Role) -> Role:
    """Returns the role of before."""
    before: Role = membership.role
    membership.role = role
    membership.save(update_fields=["role", "updated_at"])
    return before


def raise_role(team_id: UUID, user_id: UUID, role: Role) -> None:
    """Give somebody at least this role of their own; a higher one stays as it is."""
    membership = lock_membership(team_id, user_id)
    if membership is None:
        Membership.objects.create(team_id=team_id, user_id=user_id, role=role)
    elif membership.role.rank < role.rank:
        set_role(membership, role)


def _own_membership(change: TeamChange, user_id: UUID) -> Membership:
    membership = lock_membership(change.team.id, user_id)
    if membership is not None:
        return membership
    is_inherited = Membership.objects.filter(user_id=user_id, team__descendant_rows__descendant=change.team).exists()
    raise MembershipInherited if is_inherited else NotFound
