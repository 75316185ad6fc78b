"""Who else reaches a generation: teams it is shared with, people it is delegated to, whom administrators granted it."""

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from authorization.role_fields import PermissionsField, RoleField, bits_of
from authorization.roles import Permission, Role
from generations.models.generation import Generation
from teams.models import Team
from velro.models import TimestampedModel

DELEGABLE = frozenset({Permission.READ, Permission.WRITE, Permission.DELETE})
SHAREABLE = (Role.VIEWER, Role.MEMBER)


class Share(TimestampedModel):
    """Whoever has a role in `team` has it here too, up to `role`, in the half-open time `[starts_at, expires_at)`.

    `generation_created_at` is kept by triggers, so that the newest that a team is shown are found by an index.
    """

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, db_index=False, related_name="shares")
    generation_created_at = models.DateTimeField(editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, db_index=False, related_name="shares")
    role = RoleField()
    shared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    starts_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta(TimestampedModel.Meta):
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["generation", "team"], name="share_one_per_team"),
            models.CheckConstraint(name="share_role_is_viewer_or_member", condition=Q(role__in=SHAREABLE)),
            models.CheckConstraint(
                name="share_ends_after_its_start",
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("starts_at")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["team", "-generation_created_at", "-generation"], name="share_team_newest"),
            models.Index(fields=["expires_at"], name="share_expiring", condition=Q(expires_at__isnull=False)),
        ]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="take_time_of_generation",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("generation_id", "generation_created_at"),
                func="""
                    SELECT created_at INTO NEW.generation_created_at
                      FROM generations_generation WHERE id = NEW.generation_id;
                    RETURN NEW;
                """,
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} for {self.team_id}"


class Delegation(TimestampedModel):
    """`delegate` may do what is in `permissions` and what `delegator` may do at that moment.

    It holds in the half-open time `[starts_at, expires_at)`.
    """

    generation = models.ForeignKey(Generation, on_delete=models.CASCADE, related_name="delegations")
    delegator = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="delegations_given")
    delegate = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_index=False, related_name="delegations_received"
    )
    permissions = PermissionsField()
    starts_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta(TimestampedModel.Meta):
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(name="delegation_to_another", condition=~Q(delegate=F("delegator"))),
            models.CheckConstraint(name="delegation_ends_after_its_start", condition=Q(expires_at__gt=F("starts_at"))),
            models.CheckConstraint(
                name="delegation_of_read_write_or_delete",
                condition=Q(permissions__in=[bits for bits in range(1, 16) if not bits & ~bits_of(DELEGABLE)]),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["delegate", "generation"], name="delegation_of_delegate"),
            models.Index(fields=["expires_at"], name="delegation_expiring"),
        ]

    def __str__(self) -> str:
        return f"{self.delegator_id} to {self.delegate_id}"


class GenerationUserGrant(UserObjectPermissionBase):
    """One permission of one person on one generation, set by an administrator. Guardian reads it, and so do we."""

    content_object = models.ForeignKey(Generation, on_delete=models.CASCADE, db_index=False, related_name="user_grants")

    class Meta(UserObjectPermissionBase.Meta):
        indexes: ClassVar = [models.Index(fields=["content_object", "user"], name="user_grant_of_generation")]


class GenerationGroupGrant(GroupObjectPermissionBase):
    """The same for everybody in a group."""

    content_object = models.ForeignKey(
        Generation, on_delete=models.CASCADE, db_index=False, related_name="group_grants"
    )

    class Meta(GroupObjectPermissionBase.Meta):
        indexes: ClassVar = [models.Index(fields=["content_object", "group"], name="group_grant_of_generation")]
