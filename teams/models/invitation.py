"""A letter that makes its reader a member."""

from typing import ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower, Now

from authorization.role_fields import RoleField
from teams.models.team import Team
from velro.models import TimestampedModel


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """What is left of an invitation."""

    def open(self) -> Self:
        """Neither accepted nor withdrawn; one at most for each address in a team."""
        return self.filter(accepted_at=None, withdrawn_at=None)

    def live(self) -> Self:
        """Open, and not past its time."""
        return self.open().filter(expires_at__gt=Now())


class Invitation(TimestampedModel):
    """Open until it is accepted, withdrawn, or past `expires_at`. Of the token in the letter only the SHA-256 is kept.

    It is good for the address it was sent to, and while its sender could still give the role.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, db_index=False, related_name="invitations")
    email = models.EmailField()
    role = RoleField()
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="invitations_sent")
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta(TimestampedModel.Meta):
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="invitation_email_is_lower_case", condition=models.Q(email=Lower("email"))),
            models.CheckConstraint(
                name="invitation_ends_once",
                condition=models.Q(accepted_at__isnull=True) | models.Q(withdrawn_at__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["team", "email"],
                name="invitation_one_open_per_address",
                condition=models.Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["team", "-created_at", "-id"], name="invitation_team_newest")]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"
