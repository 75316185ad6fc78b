"""The frame of every change to a team: one transaction in which the right to make it is locked, decided and kept."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from authorization.actions import Action
from authorization.errors import PermissionDenied
from authorization.facts import Principal
from authorization.roles import Role, may_hand_out
from teams.access import require_open, require_team
from teams.actions import TEAM, allows
from teams.models import Team
from teams.services.locking import begin_change, end_change, lock_people, lock_role, lock_teams
from teams.services.refusals import refusal_of
from velro.audit.models import Outcome, Severity
from velro.audit.services import Actor, Subject, record_event
from velro.errors import NotFound, VelroError
from velro.models import TimestampedModel

Check = Callable[[TimestampedModel], None]


def any_version(_: TimestampedModel) -> None:
    """The check of who does not care which version is changed."""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who works in the admin, or the system itself: needs no role in a team, but every other rule holds for them too.

    They give nothing to themselves, because that would open what a team holds to them.
    """

    actor: Actor

    @property
    def user_id(self) -> UUID | None:
        """None for the system."""
        return self.actor.user_id


Caller = Principal | Operator


def actor_of(principal: Caller) -> Actor:
    """The caller, as the audit trail names them."""
    return principal.actor if isinstance(principal, Operator) else Actor(principal.user_id, principal.session_id)


@dataclass(frozen=True, slots=True)
class TeamChange:
    """A team under the locks of a running change. `role` is the caller's; `people` are those who are active."""

    team: Team
    role: Role
    principal: Caller
    people: Mapping[UUID, User] = field(default_factory=dict)

    @property
    def is_by_operator(self) -> bool:
        """Or by the system itself, which has no `user_id`."""
        return isinstance(self.principal, Operator)

    def require_reach(self, *roles: Role, user_id: UUID | None = None) -> None:
        """Whether the caller may give, change or take these roles. Raises PermissionDenied.

        `user_id` is whose they are, where that is known.
        """
        if not all(may_hand_out(self.role, role) for role in roles):
            raise PermissionDenied("This role is not below your own.")
        if isinstance(self.principal, Operator) and user_id is not None and user_id == self.principal.user_id:
            raise PermissionDenied("Operators give nothing to themselves.")

    def record(self, name: str, **details: object) -> None:
        """An event about the team, with ids and roles as its details. What operators do is worth a look."""
        record_event(
            name,
            outcome=Outcome.SUCCEEDED,
            severity=Severity.WARNING if self.principal.user_id and self.is_by_operator else Severity.INFO,
            actor=actor_of(self.principal),
            subject=Subject(TEAM, self.team.id),
            details={key: None if value is None else str(value) for key, value in details.items()},
        )


def require_access(principal: Caller, team_id: UUID, *, action: Action) -> None:
    """The engine's decision; operators need none. Raises as `require_team` does."""
    if isinstance(principal, Principal):
        require_team(principal, team_id, action=action)


def require_role(principal: Caller, team: Team, *, action: Action) -> Role:
    """The same under locks, so that it holds until the transaction ends. Operators act as owners do."""
    role = Role.OWNER if isinstance(principal, Operator) else lock_role(principal.user_id, team.id)
    if role is None:
        raise NotFound
    if not allows(role, action):
        raise PermissionDenied
    require_open(team, action=action)
    return role


@contextmanager
def changing_teams(principal: Caller, *, about: UUID | None = None, is_of_tree: bool = False) -> Iterator[None]:
    """One transaction in which the triggers know who acts. What it refuses is undone, and recorded."""
    try:
        with transaction.atomic():
            begin_change(principal.user_id if isinstance(principal, Principal) else None, is_of_tree=is_of_tree)
            yield
            end_change()
    except IntegrityError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        _record_refusal(refusal, principal=principal, about=about)
        raise refusal from error
    except VelroError as refusal:
        _record_refusal(refusal, principal=principal, about=about)
        raise


@contextmanager
def changing_team(
    team_id: UUID,
    *,
    principal: Caller,
    action: Action,
    with_people: Iterable[UUID] = (),
    with_teams: Iterable[UUID] = (),
    is_of_tree: bool = False,
) -> Iterator[TeamChange]:
    """The same for one team, once the caller may do `action`. Raises NotFound, PermissionDenied or TeamArchived.

    `with_people` and `with_teams` are locked too. `is_of_tree` is for changes of who stands above whom, or is closed.
    """
    require_access(principal, team_id, action=action)
    with changing_teams(principal, about=team_id, is_of_tree=is_of_tree):
        asking = () if principal.user_id is None else (principal.user_id,)
        people = lock_people({*asking, *with_people})
        team = lock_teams({team_id, *with_teams}).get(team_id)
        if team is None:
            raise NotFound
        yield TeamChange(team, require_role(principal, team, action=action), principal, people)


def _record_refusal(refusal: VelroError, *, principal: Caller, about: UUID | None) -> None:
    record_event(
        "team.change_refused",
        outcome=Outcome.DENIED,
        actor=actor_of(principal),
        subject=Subject(TEAM, about) if about else None,
        reason=refusal.code,
    )
