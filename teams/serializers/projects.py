"""Bodies and answers about projects."""

from typing import Any, Final

from rest_framework import serializers

from accounts.serializers.auth import PersonOutput
from authorization.roles import Role
from teams.models import ProjectMembership, Visibility
from teams.names import LONGEST_NAME
from teams.serializers.inputs import ROLE_NAMES
from velro.api.entity_tags import entity_tag
from velro.api.serializers import StrictSerializer

PROJECT_ROLE_NAMES: Final = [name for name in ROLE_NAMES if name != Role.OWNER]


class ProjectInput(StrictSerializer):
    """A new project: open to its team, or restricted to its own members and the team's admins and owners."""

    name = serializers.CharField(max_length=LONGEST_NAME)
    visibility = serializers.ChoiceField(choices=Visibility.choices, default=Visibility.TEAM)


class ProjectChange(StrictSerializer):
    """A part of a project."""

    name = serializers.CharField(max_length=LONGEST_NAME, required=False)
    visibility = serializers.ChoiceField(choices=Visibility.choices, required=False)


class ProjectRoleInput(StrictSerializer):
    """The role that somebody is to have in the project; it is at most admin."""

    role = serializers.ChoiceField(choices=PROJECT_ROLE_NAMES)

    def validate_role(self, name: str) -> Role:
        """Typed."""
        return Role(name)


class ProjectOutput(serializers.Serializer[Any]):
    """A project. `role` is what the caller has in it; null for who only sees that a restricted one exists."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    team = serializers.UUIDField(source="team_id")
    visibility = serializers.ChoiceField(choices=Visibility.choices)
    role = serializers.ChoiceField(choices=ROLE_NAMES, allow_null=True)
    created_at = serializers.DateTimeField()


class ProjectMemberOutput(serializers.Serializer[ProjectMembership]):
    """Somebody with a role of their own in a project. It is not effective while they have no role in its team."""

    user = PersonOutput()
    role = serializers.ChoiceField(choices=PROJECT_ROLE_NAMES)
    is_effective = serializers.BooleanField()
    joined_at = serializers.DateTimeField(source="created_at")
    etag = serializers.SerializerMethodField()

    def get_etag(self, membership: ProjectMembership) -> str:
        """The version, for If-Match."""
        return entity_tag(membership)
