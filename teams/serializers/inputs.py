"""What clients send about teams. What a name may look like is decided by `teams.names`."""

from typing import Final

from rest_framework import serializers

from authorization.id_fields import ResourceIdField
from authorization.roles import Role
from teams.names import LONGEST_NAME
from velro.api.serializers import StrictSerializer

ROLE_NAMES: Final = [str(role) for role in Role]
LONGEST_TOKEN: Final = 100


class TeamInput(StrictSerializer):
    """A new team: a root of its own, or below `parent`."""

    name = serializers.CharField(max_length=LONGEST_NAME)
    parent = ResourceIdField(required=False, allow_null=True, default=None)  # type: ignore[assignment]  # a field, not DRF's property


class TeamChange(StrictSerializer):
    """A part of a team."""

    name = serializers.CharField(max_length=LONGEST_NAME, required=False)


class MoveInput(StrictSerializer):
    """Below which team; null for a root of its own."""

    parent = ResourceIdField(allow_null=True)  # type: ignore[assignment]  # as above


class TransferInput(StrictSerializer):
    """To whom."""

    user = ResourceIdField()


class RoleInput(StrictSerializer):
    """The role that a member is to have."""

    role = serializers.ChoiceField(choices=ROLE_NAMES)

    def validate_role(self, name: str) -> Role:
        """Typed."""
        return Role(name)


class InviteInput(RoleInput):
    """Whom to write to, and the role they get by accepting."""

    email = serializers.EmailField(max_length=254)


class AcceptInput(StrictSerializer):
    """The token from the letter."""

    token = serializers.CharField(max_length=LONGEST_TOKEN)
