"""Bodies about who reaches a generation and why."""

from typing import Any

from rest_framework import serializers

from accounts.models import User
from authorization.explain import Explanation
from authorization.facts import AccessMethod
from authorization.id_fields import ResourceIdField
from authorization.roles import EffectiveRole, Permission, Role
from generations.reach import reach_of
from generations.serializers.sharing import names_of
from velro.api.serializers import StrictSerializer

METHOD_NAMES = [str(method) for method in AccessMethod]


class ExplainQuery(StrictSerializer):
    """About whom (the caller, if nobody is named) and about what."""

    user = ResourceIdField(required=False)
    action = serializers.ChoiceField(choices=[str(permission) for permission in Permission], default="read")


class SourceOutput(serializers.Serializer[Any]):
    """The row that a path comes from; a share has the name of its team, a delegation that of who delegated."""

    kind = serializers.ChoiceField(choices=["team", "project", "share", "delegation"])
    id = serializers.UUIDField()
    name = serializers.CharField()


class OpenPathOutput(serializers.Serializer[Any]):
    """One way that allows it. `ends_at` is null for a way without an end of its own."""

    access_method = serializers.ChoiceField(choices=METHOD_NAMES, source="path.method")
    role = serializers.ChoiceField(choices=[str(role) for role in Role], allow_null=True)
    permissions = serializers.SerializerMethodField()
    source = SourceOutput(allow_null=True)  # type: ignore[assignment]  # a field, not DRF's attribute
    ends_at = serializers.DateTimeField(source="path.ends_at", allow_null=True)

    def get_permissions(self, path: Any) -> list[str]:
        """In the order of the roles that give them."""
        return names_of(path.permissions)


class FailedRuleOutput(serializers.Serializer[Any]):
    """A rule that does not allow it: `account`, `state`, or an access method.

    `change` is the least that would make the rule allow it; null where nothing could.
    """

    rule = serializers.CharField()
    reason = serializers.CharField()
    detail = serializers.CharField()
    change = serializers.CharField(allow_null=True)


class ExplanationOutput(serializers.Serializer[Explanation]):
    """Either every path that allows it, or every rule that does not."""

    user = serializers.UUIDField(source="user_id")
    action = serializers.ChoiceField(choices=[str(permission) for permission in Permission], source="action.verb")
    access_granted = serializers.BooleanField(source="decision.is_allowed")
    access_method = serializers.ChoiceField(choices=METHOD_NAMES, allow_null=True, source="decision.access_method")
    effective_role = serializers.ChoiceField(
        choices=[str(role) for role in EffectiveRole], allow_null=True, source="decision.effective_role"
    )
    permissions = serializers.SerializerMethodField()
    paths = OpenPathOutput(many=True)
    failed_rules = FailedRuleOutput(many=True)

    def get_permissions(self, explanation: Explanation) -> list[str]:
        """All that the person has."""
        return names_of(explanation.decision.permissions)


class NamedPersonOutput(serializers.Serializer[User]):
    """Somebody by name. Addresses are for those who share a team."""

    id = serializers.UUIDField()
    display_name = serializers.CharField()


class ReachOutput(serializers.Serializer[Any]):
    """Somebody who reaches the generation, what they have, and by which method first."""

    who = NamedPersonOutput()
    permissions = serializers.SerializerMethodField()
    access_method = serializers.ChoiceField(choices=METHOD_NAMES, source="decision.access_method")
    effective_role = serializers.ChoiceField(
        choices=[str(role) for role in EffectiveRole], source="decision.effective_role"
    )

    def get_permissions(self, reach: Any) -> list[str]:
        """In the order of the roles that give them."""
        return names_of(reach.decision.permissions)

    def to_representation(self, instance: User) -> dict[str, Any]:
        """Of a person of a page."""
        return super().to_representation(reach_of(instance, self.context["generation_id"]))
