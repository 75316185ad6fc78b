"""Who is in a team, with which role. It holds in every team below, too."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from authorization.role_fields import RoleField
from authorization.roles import Role
from teams.models.team import Team
from teams.models.triggers import KEEP_AN_OWNER, REFUSE_REACHING_ABOVE_IN_TEAM
from velro.models import TimestampedModel


class Membership(TimestampedModel):
    """One person's own role in one team; what they inherit from above has no row. `created_at` is when they joined."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, db_index=False, related_name="memberships")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False, related_name="memberships"
    )
    role = RoleField()

    class Meta(TimestampedModel.Meta):
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "user"], name="membership_one_per_person", include=["role"]),
            models.CheckConstraint(name="membership_role_is_known", condition=models.Q(role__in=list(Role))),
        ]
        indexes: ClassVar = [models.Index(fields=["user", "team"], include=["role"], name="membership_of_user")]
        triggers: ClassVar = [KEEP_AN_OWNER, REFUSE_REACHING_ABOVE_IN_TEAM]

    def __str__(self) -> str:
        return f"{self.role} in {self.team_id}"
