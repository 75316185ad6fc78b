"""Dry runs of the changes by which people gain and lose access. Whoever may make the change may have it measured."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from uuid import UUID

from accounts.services.sessions import actor_of
from authorization import engine
from authorization.actions import Action
from authorization.facts import Principal
from authorization.roles import Role
from generations import actions
from generations.impact import Impact, Scope, measure_impact
from generations.scopes import scope_of_member, scope_of_share, scope_of_team
from generations.services.sharing import ShareWish, share_generation, withdraw_share
from teams.access import require_team
from teams.actions import ARCHIVE_TEAM, MANAGE_MEMBERS, MOVE_TEAM, TEAM
from teams.services.membership import change_role, remove_member
from teams.services.tree import archive_team, move_team
from velro.audit.models import Outcome
from velro.audit.services import Subject, record_event


@dataclass(frozen=True, slots=True)
class RoleChange:
    """Another role of their own for a member."""

    user_id: UUID
    role: Role


@dataclass(frozen=True, slots=True)
class Removal:
    """The end of a member's own role."""

    user_id: UUID


@dataclass(frozen=True, slots=True)
class Move:
    """Another parent, or none."""

    parent_id: UUID | None


@dataclass(frozen=True, slots=True)
class Archiving:
    """The closing of a team with all below it."""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """The end of a share."""

    team_id: UUID


TeamWish = RoleChange | Removal | Move | Archiving
GenerationWish = ShareWish | Withdrawal
ACTION_OF_WISH: Final[Mapping[type[TeamWish], Action]] = MappingProxyType(
    {RoleChange: MANAGE_MEMBERS, Removal: MANAGE_MEMBERS, Move: MOVE_TEAM, Archiving: ARCHIVE_TEAM}
)


def impact_on_team(principal: Principal, team_id: UUID, *, wish: TeamWish) -> Impact:
    """Raises what the change itself would."""
    require_team(principal, team_id, action=ACTION_OF_WISH[type(wish)])
    scope, change = _team_change(principal, team_id, wish)
    impact = measure_impact(scope, change=change)
    _record(Subject(TEAM, team_id), impact, wish=wish, principal=principal)
    return impact


def impact_on_generation(principal: Principal, generation_id: UUID, *, wish: GenerationWish) -> Impact:
    """Raises what the change itself would."""
    engine.require(principal, actions.SHARE, generation_id)
    scope = scope_of_share(generation_id, team_id=wish.team_id)
    impact = measure_impact(scope, change=_generation_change(principal, generation_id, wish))
    _record(Subject(actions.RESOURCE, generation_id), impact, wish=wish, principal=principal)
    return impact


def _team_change(principal: Principal, team_id: UUID, wish: TeamWish) -> tuple[Scope, Callable[[], object]]:
    match wish:
        case RoleChange(user_id, role):
            scope = scope_of_member(team_id, user_id)
            return scope, lambda: change_role(team_id, principal=principal, user_id=user_id, role=role)
        case Removal(user_id):
            scope = scope_of_member(team_id, user_id)
            return scope, lambda: remove_member(team_id, principal=principal, user_id=user_id)
        case Move(parent_id):
            scope = scope_of_team(team_id, parent_id=parent_id)
            return scope, lambda: move_team(team_id, principal=principal, parent_id=parent_id)
        case Archiving():
            return scope_of_team(team_id), lambda: archive_team(team_id, principal=principal)


def _generation_change(principal: Principal, generation_id: UUID, wish: GenerationWish) -> Callable[[], object]:
    if isinstance(wish, Withdrawal):
        return lambda: withdraw_share(principal, generation_id, team_id=wish.team_id, check=_any_version)
    return lambda: share_generation(principal, generation_id, wish=wish, check=_any_version)


def _any_version(_: object) -> None:
    """Nothing is changed in the end."""


def _record(subject: Subject, impact: Impact, *, wish: TeamWish | GenerationWish, principal: Principal) -> None:
    record_event(
        "authorization.impact_measured",
        outcome=Outcome.SUCCEEDED,
        actor=actor_of(principal),
        subject=subject,
        details={"change": type(wish).__name__, "changes": impact.changes, "is_complete": impact.is_complete},
    )
