"""Making, changing and deleting projects."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import ProtectedError

from accounts.models import User
from authorization import engine
from authorization.actions import Action
from authorization.errors import PermissionDenied
from authorization.facts import Principal
from authorization.roles import Role, may_hand_out
from teams.actions import CREATE_PROJECTS, MANAGE_PROJECT, PROJECT, READ_PROJECT, allows
from teams.errors import ProjectNotEmpty
from teams.models import Project, ProjectMembership, Visibility
from teams.names import acceptable_name
from teams.services.changes import Check, actor_of, any_version, changing_team, changing_teams
from teams.services.locking import act_as, lock_people, lock_role, lock_teams
from velro.audit.models import Outcome
from velro.audit.services import Subject, record_event
from velro.errors import NotFound


@dataclass(frozen=True, slots=True)
class ProjectChange:
    """A project under the locks of a running change. `role` is the caller's by rule 2; `people` are active."""

    project: Project
    role: Role
    principal: Principal
    people: dict[UUID, User] = field(default_factory=dict)

    def require_reach(self, *roles: Role) -> None:
        """Whether the caller may give, change or take these roles. Raises PermissionDenied."""
        if not all(may_hand_out(self.role, role) for role in roles):
            raise PermissionDenied("This role is not below your own.")

    def record(self, name: str, **details: object) -> None:
        """An event about the project, with ids and roles as its details."""
        record_project_event(name, self.project, principal=self.principal, **details)


def create_project(team_id: UUID, *, principal: Principal, name: str, visibility: Visibility) -> Project:
    """Raises NotFound, PermissionDenied or TeamArchived."""
    name = acceptable_name(name)
    with changing_team(team_id, principal=principal, action=CREATE_PROJECTS) as change:
        project = Project.objects.create(team=change.team, name=name, visibility=visibility)
        record_project_event("project.created", project, principal=principal, team=team_id, visibility=visibility)
    return project


def change_project(
    project_id: UUID,
    *,
    principal: Principal,
    name: str | None = None,
    visibility: Visibility | None = None,
    check: Check = any_version,
) -> None:
    """None leaves what it is. Raises NotFound or PermissionDenied."""
    name = None if name is None else acceptable_name(name)
    with changing_project(project_id, principal=principal, action=MANAGE_PROJECT) as change:
        project = change.project
        check(project)
        before = (project.name, project.visibility)
        project.name, project.visibility = name or project.name, visibility or project.visibility
        if (project.name, project.visibility) != before:
            project.save(update_fields=["name", "visibility", "updated_at"])
            change.record("project.changed", visibility=project.visibility)


def delete_project(project_id: UUID, *, principal: Principal, check: Check = any_version) -> None:
    """Who may make projects in the team may delete them. Raises NotFound, PermissionDenied or ProjectNotEmpty."""
    engine.require(principal, READ_PROJECT, project_id)
    with changing_team(team_of(project_id), principal=principal, action=CREATE_PROJECTS):
        project = _lock_project(project_id)
        check(project)
        # Its memberships go too: nobody gives or takes them, whatever role they hold.
        act_as(None)
        try:
            project.delete()
        except ProtectedError as error:
            raise ProjectNotEmpty from error
        record_project_event("project.deleted", Project(id=project_id), principal=principal, team=project.team_id)


@contextmanager
def changing_project(
    project_id: UUID, *, principal: Principal, action: Action, with_people: Iterable[UUID] = ()
) -> Iterator[ProjectChange]:
    """The frame of a change, once the caller may do `action`, which stays so. Raises NotFound or PermissionDenied."""
    engine.require(principal, action, project_id)
    team_id = team_of(project_id)
    with changing_teams(principal, about=team_id):
        people = lock_people({principal.user_id, *with_people})
        lock_teams([team_id])
        project = _lock_project(project_id)
        yield ProjectChange(project, _require_role(principal, project, action=action), principal, people)


def team_of(project_id: UUID) -> UUID:
    """It never changes. Raises NotFound."""
    team_id = Project.objects.filter(id=project_id).values_list("team_id", flat=True).first()
    if team_id is None:
        raise NotFound
    return team_id


def record_project_event(name: str, project: Project, *, principal: Principal, **details: object) -> None:
    """With ids and roles as its details."""
    record_event(
        name,
        outcome=Outcome.SUCCEEDED,
        actor=actor_of(principal),
        subject=Subject(PROJECT, project.id),
        details={key: None if value is None else str(value) for key, value in details.items()},
    )


def _lock_project(project_id: UUID) -> Project:
    project = Project.objects.select_for_update(of=["self"]).select_related("team").filter(id=project_id).first()
    if project is None:
        raise NotFound
    return project


def _require_role(principal: Principal, project: Project, *, action: Action) -> Role:
    """By rule 2, under locks, so that it holds until the transaction ends."""
    in_team = lock_role(principal.user_id, project.team_id)
    if in_team is None or project.team.is_closed:
        raise NotFound
    explicit = ProjectMembership.objects.select_for_update().filter(project=project, user_id=principal.user_id).first()
    reaches_in = project.visibility == Visibility.TEAM or allows(in_team, MANAGE_PROJECT)
    held = [in_team] if reaches_in else []
    held += [explicit.role] if explicit else []
    role = max(held, key=lambda it: it.rank, default=None)
    if role is None or not allows(role, action):
        raise PermissionDenied
    return role
