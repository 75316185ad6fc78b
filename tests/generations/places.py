"""Teams, projects and windows of time, stored without services, for tests of what reaches a generation."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from accounts.models import User
from authorization import engine
from authorization.facts import Principal
from authorization.roles import Permission, Role
from generations import actions
from generations.models import Delegation, Generation, Share
from teams.models import Membership, Project, Team
from tests.support.factories import user_factory
from velro.database_clock import database_now

HOUR: Final = timedelta(hours=1)


def new_team(*, parent: Team | None = None, name: str = "Team", **roles: User) -> Team:
    """`roles` are people by their role; a root gets an owner nobody else knows."""
    team = Team.objects.create(name=name, slug=f"team-{uuid4().hex}", parent=parent)
    if parent is None:
        join(team, user_factory(), Role.OWNER)
    for role, user in roles.items():
        join(team, user, Role(role))
    return team


def join(team: Team, user: User, role: Role) -> Membership:
    return Membership.objects.create(team=team, user=user, role=role)


def new_project(team: Team, *, visibility: str = "team") -> Project:
    return Project.objects.create(team=team, name="Project", visibility=visibility)


def shared(generation: Generation, team: Team, **values: Any) -> Share:
    defaults = {"role": Role.VIEWER, "shared_by": generation.owner, "starts_at": database_now() - HOUR}
    return Share.objects.create(generation=generation, team=team, **defaults | values)


def delegated(generation: Generation, *permissions: Permission, by: User, to: User, **values: Any) -> Delegation:
    now = database_now()
    return Delegation.objects.create(
        generation=generation,
        delegator=by,
        delegate=to,
        permissions=frozenset(permissions),
        **{"starts_at": now - HOUR, "expires_at": now + HOUR} | values,
    )


def held(user: User, generation: Generation) -> set[Permission]:
    """What the engine gives at this moment."""
    return set(engine.decide(Principal(user.id, uuid4()), actions.READ, generation.id).permissions)


def in_text(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
