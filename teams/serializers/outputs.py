"""What clients are shown of teams."""

from typing import Any, Final
from uuid import UUID

from rest_framework import serializers

from accounts.serializers.auth import PersonOutput
from authorization.roles import Role
from teams.actions import actions_of, state_of
from teams.serializers.inputs import ROLE_NAMES
from velro.api.entity_tags import entity_tag_of

MATRIX: Final = {str(role): [action.verb for action in actions_of(role)] for role in Role}


class TeamOutput(serializers.Serializer[Any]):
    """A team. `role` is what the caller has in it, from above included; null for who has just given it up.

    A team that `is_closed` is archived, or one above it is: only its owners still see it.
    """

    id = serializers.UUIDField()
    name = serializers.CharField()
    slug = serializers.CharField()
    parent = serializers.UUIDField(source="parent_id", allow_null=True)  # type: ignore[assignment]  # as in inputs
    role = serializers.ChoiceField(choices=ROLE_NAMES, allow_null=True)
    created_at = serializers.DateTimeField()
    archived_at = serializers.DateTimeField(allow_null=True)
    is_closed = serializers.BooleanField()


class MemberOutput(serializers.Serializer[Any]):
    """Somebody with a role in a team: the highest they have, and since when.

    It is held in the team `inherited_from`, or in this one if that is null. `own_role` is what they have in this one
    themselves, which is what can be changed here; `etag` is its version.
    """

    user = PersonOutput()
    role = serializers.ChoiceField(choices=ROLE_NAMES)
    inherited_from = serializers.SerializerMethodField()
    own_role = serializers.ChoiceField(choices=ROLE_NAMES, allow_null=True)
    joined_at = serializers.DateTimeField(source="created_at")
    etag = serializers.SerializerMethodField()

    def get_inherited_from(self, member: Any) -> UUID | None:
        """Null for a role held in this very team."""
        return None if member.id == member.own_id else member.team_id

    def get_etag(self, member: Any) -> str:
        """See `member_tag`."""
        return member_tag(member)


class TeamPermissionsOutput(serializers.Serializer[Any]):
    """What the caller's role allows, and what each role would."""

    role = serializers.ChoiceField(choices=ROLE_NAMES)
    permissions = serializers.SerializerMethodField()
    matrix = serializers.SerializerMethodField()

    def get_permissions(self, team: Any) -> list[str]:
        """The row of the caller."""
        return [action.verb for action in actions_of(team.role, state=state_of(is_closed=team.is_closed))]

    def get_matrix(self, _: Any) -> dict[str, list[str]]:
        """The same table for everybody."""
        return MATRIX


class InvitationOutput(serializers.Serializer[Any]):
    """An invitation that can still be accepted."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    role = serializers.ChoiceField(choices=ROLE_NAMES)
    invited_by = serializers.UUIDField(source="invited_by_id")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class SentInvitationOutput(InvitationOutput):
    """A new invitation. `token` goes by mail; only where nobody works, in development, it is here, too."""

    token = serializers.CharField(required=False)

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The invitation's fields and the token, which no row holds."""
        shown = InvitationOutput(instance.invitation).data
        return {**shown, **({"token": instance.token} if instance.token else {})}


def member_tag(member: Any) -> str:
    """The version of the own membership, if there is one: it is what is changed through this team."""
    if member.own_id is None:
        return entity_tag_of(member.id, member.updated_at)
    return entity_tag_of(member.own_id, member.own_updated_at)
