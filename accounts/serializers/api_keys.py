"""Bodies of /users/api-keys."""

from typing import Any

from rest_framework import serializers

from accounts.serializers.fields import DisplayNameField
from authorization.scopes import Scope
from velro.api.serializers import StrictSerializer


class ApiKeyInput(StrictSerializer):
    """What a machine may do, and until when: 90 days from now if nothing is said, a year at most."""

    name = DisplayNameField()
    scopes = serializers.ListField(
        child=serializers.ChoiceField(choices=tuple(Scope)), allow_empty=False, max_length=len(Scope) * 2
    )
    expires_at = serializers.DateTimeField(required=False)

    def validate_scopes(self, scopes: list[str]) -> set[Scope]:
        """Each once, whatever their order."""
        return {Scope(name) for name in scopes}


class ApiKeyOutput(serializers.Serializer[Any]):
    """A key as its owner sees it. `prefix` is how its secret begins; `last_used_at` is true to the minute."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    scopes = serializers.ListField(child=serializers.CharField())
    prefix = serializers.CharField()
    created_at = serializers.DateTimeField()
    last_used_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField()


class IssuedApiKeyOutput(ApiKeyOutput):
    """A new key. `secret` is shown this once; it goes in `Authorization: Bearer`."""

    secret = serializers.CharField()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """The key's fields and the secret, which no row holds."""
        shown = ApiKeyOutput(instance.key).data
        return {**shown, "secret": instance.secret}
