"""Bodies of shares and delegations."""

from typing import Any, Final

from rest_framework import serializers

from authorization.id_fields import ResourceIdField
from authorization.roles import Permission, Role
from generations.models import Delegation, Share
from generations.models.sharing import DELEGABLE, SHAREABLE
from generations.serializers.fields import MomentField
from velro.api.serializers import StrictSerializer

ROLE_NAMES: Final = [str(role) for role in SHAREABLE]
PERMISSION_NAMES: Final = [str(permission) for permission in Permission if permission in DELEGABLE]


class ShareInput(StrictSerializer):
    """With which team, as what, and when. It begins now and has no end unless told otherwise."""

    team = ResourceIdField()
    role = serializers.ChoiceField(choices=ROLE_NAMES)
    starts_at = MomentField(required=False)
    expires_at = MomentField(required=False, allow_null=True)

    def validate_role(self, name: str) -> Role:
        """Typed."""
        return Role(name)


class ShareOutput(serializers.Serializer[Share]):
    """Whoever has a role in the team has at most `role` here, from `starts_at` until just before `expires_at`."""

    team = serializers.UUIDField(source="team_id")
    team_name = serializers.CharField(source="team.name")
    role = serializers.ChoiceField(choices=ROLE_NAMES)
    starts_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    shared_by = serializers.UUIDField(source="shared_by_id")
    created_at = serializers.DateTimeField()


class DelegationInput(StrictSerializer):
    """To whom, what, and when: for a year at most, from now unless told otherwise."""

    user = ResourceIdField()
    permissions = serializers.ListField(
        child=serializers.ChoiceField(choices=PERMISSION_NAMES), allow_empty=False, max_length=2 * len(PERMISSION_NAMES)
    )
    starts_at = MomentField(required=False)
    expires_at = MomentField()

    def validate_permissions(self, names: list[str]) -> frozenset[Permission]:
        """Each once, whatever their order."""
        return frozenset(Permission(name) for name in names)


class DelegationOutput(serializers.Serializer[Delegation]):
    """`user` may do what is in `permissions` and what `delegated_by` holds at that moment."""

    id = serializers.UUIDField()
    user = serializers.UUIDField(source="delegate_id")
    user_name = serializers.CharField(source="delegate.display_name")
    permissions = serializers.SerializerMethodField()
    starts_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    delegated_by = serializers.UUIDField(source="delegator_id")
    created_at = serializers.DateTimeField()

    def get_permissions(self, delegation: Delegation) -> list[str]:
        """In the order of the roles that give them."""
        return names_of(delegation.permissions)


def names_of(permissions: Any) -> list[str]:
    """A set of permissions in the order of the roles that give them."""
    return [str(permission) for permission in Permission if permission in permissions]
