"""What is read of teams, their people and invitations."""

from typing import Any, cast
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.expressions import RawSQL

from accounts.models import AccountStatus
from authorization.facts import Principal
from authorization.role_fields import RoleField
from teams.actions import READ_PROJECT, READ_TEAM
from teams.models import Invitation, Membership, Project, ProjectMembership, Team
from teams.policies import PROJECT_RESOURCE, TEAM_RESOURCE
from teams.rules import ROLE_IN_PROJECT
from velro.errors import NotFound


def teams_visible_to(principal: Principal) -> QuerySet[Team]:
    """Those the caller may read, each with their `role`."""
    return _with_role(TEAM_RESOURCE.visible_to(principal.user_id, READ_TEAM), user_id=principal.user_id)


def team_shown_to(principal: Principal, team_id: UUID) -> Team:
    """A team with the caller's `role`, which is None for who has just given it up. The caller has authorized."""
    team = _with_role(Team.objects.filter(id=team_id), user_id=principal.user_id).first()
    if team is None:
        raise NotFound
    return team


def members_of(team_id: UUID) -> QuerySet[Any]:
    """For everybody with a role in the team the membership that gives the highest, the nearest of several.

    `own_id`, `own_role` and `own_updated_at` are of their own membership in this team, None where all is inherited.
    """
    reaching = Membership.objects.filter(team__descendant_rows__descendant_id=team_id)
    highest = reaching.order_by("user_id", "-role", "team__descendant_rows__distance").distinct("user_id")
    own = Membership.objects.filter(team_id=team_id, user_id=OuterRef("user_id"))
    return (
        Membership.objects.filter(id__in=highest.values("id"))
        .select_related("user")
        .annotate(
            own_id=Subquery(own.values("id")),
            own_role=Subquery(own.values("role")),
            own_updated_at=Subquery(own.values("updated_at")),
        )
    )


def member_of(team_id: UUID, user_id: UUID) -> Any:
    """One row of `members_of`. Raises NotFound."""
    member = members_of(team_id).filter(user_id=user_id).first()
    if member is None:
        raise NotFound
    return member


def live_invitations_of(team_id: UUID) -> QuerySet[Invitation]:
    """Those that can still be accepted."""
    return Invitation.objects.live().filter(team_id=team_id)


def projects_visible_to(principal: Principal, team_id: UUID) -> QuerySet[Project]:
    """Those of one team that the caller sees, each with their `role`."""
    projects = PROJECT_RESOURCE.visible_to(principal.user_id, READ_PROJECT).filter(team_id=team_id)
    return _with_project_role(projects, user_id=principal.user_id)


def project_shown_to(principal: Principal, project_id: UUID) -> Project:
    """A project with the caller's `role`. The caller has authorized."""
    project = _with_project_role(Project.objects.filter(id=project_id), user_id=principal.user_id).first()
    if project is None:
        raise NotFound
    return project


def project_members_of(project_id: UUID) -> QuerySet[ProjectMembership]:
    """Everybody with a role of their own in the project, and whether it counts (`is_effective`)."""
    in_team = Membership.objects.filter(
        user_id=OuterRef("user_id"),
        user__status=AccountStatus.ACTIVE,
        team__descendant_rows__descendant_id=OuterRef("project__team_id"),
    )
    members = ProjectMembership.objects.filter(project_id=project_id).select_related("user")
    return members.annotate(is_effective=Exists(in_team))


def project_member_of(project_id: UUID, user_id: UUID) -> ProjectMembership:
    """One row of `project_members_of`. Raises NotFound."""
    member = project_members_of(project_id).filter(user_id=user_id).first()
    if member is None:
        raise NotFound
    return member


def _with_project_role(projects: QuerySet[Project], *, user_id: UUID) -> QuerySet[Project]:
    role = RawSQL(ROLE_IN_PROJECT, [user_id], RoleField())  # noqa: S611 - a constant
    return cast("QuerySet[Project]", projects.annotate(role=role))


def _with_role(teams: QuerySet[Team], *, user_id: UUID) -> QuerySet[Team]:
    held = Membership.objects.filter(user_id=user_id, team__descendant_rows__descendant_id=OuterRef("id"))
    highest = held.order_by("-role").values("role")[:1]
    return cast("QuerySet[Team]", teams.annotate(role=Subquery(highest)))
