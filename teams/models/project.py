"""Projects hold generations. Each belongs to one team."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from authorization.role_fields import RoleField
from authorization.roles import Role
from teams.models.team import LONGEST_NAME, Team
from teams.models.triggers import REFUSE_REACHING_ABOVE_IN_PROJECT
from velro.models import TimestampedModel


class Visibility(models.TextChoices):
    """Whether a role in the team reaches into the project, or only that of admins and owners."""

    TEAM = "team"
    RESTRICTED = "restricted"


class Project(TimestampedModel):
    """What it holds is open to the team, or restricted to its own members and the team's admins and owners."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, db_index=False, related_name="projects")
    name = models.CharField(max_length=LONGEST_NAME)
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.TEAM)

    class Meta(TimestampedModel.Meta):
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="project_name_is_not_empty", condition=~models.Q(name="")),
            models.CheckConstraint(
                name="project_visibility_is_known", condition=models.Q(visibility__in=Visibility.values)
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["team", "-created_at", "-id"], name="project_team_newest")]

    def __str__(self) -> str:
        return self.name


class ProjectMembership(TimestampedModel):
    """An explicit role in a project, at most admin. It counts only while the person has some role in the team."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, db_index=False, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False, related_name="project_memberships"
    )
    role = RoleField()

    class Meta(TimestampedModel.Meta):
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "user"], name="project_membership_one_per_person"),
            models.CheckConstraint(
                name="project_role_is_at_most_admin",
                condition=models.Q(role__in=[Role.VIEWER, Role.MEMBER, Role.ADMIN]),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "project"], name="project_membership_of_user")]
        triggers: ClassVar = [REFUSE_REACHING_ABOVE_IN_PROJECT]

    def __str__(self) -> str:
        return f"{self.role} in {self.project_id}"
