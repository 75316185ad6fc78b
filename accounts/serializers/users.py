"""Bodies of /users."""

from typing import Any

from rest_framework import serializers

from accounts.models import Session
from accounts.serializers.fields import DisplayNameField
from velro.api.serializers import StrictSerializer


class ProfileInput(StrictSerializer):
    """What a person may change about themselves."""

    display_name = DisplayNameField()


class ProfileChange(StrictSerializer):
    """The same, each field optional."""

    display_name = DisplayNameField(required=False)


class ProfileOutput(serializers.Serializer[Any]):
    """A person, as they see themselves."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    display_name = serializers.CharField()
    created_at = serializers.DateTimeField()
    mfa_enabled = serializers.BooleanField(default=False)


class SessionOutput(serializers.Serializer[Any]):
    """One of the caller's sessions; `current` is the one they speak from."""

    id = serializers.UUIDField()
    created_at = serializers.DateTimeField()
    last_seen_at = serializers.DateTimeField()
    address = serializers.CharField()
    country = serializers.SerializerMethodField()
    user_agent = serializers.CharField()
    current = serializers.SerializerMethodField()

    def get_country(self, session: Session) -> str | None:
        """Of the address; null where it belongs to none, as in a private network."""
        return session.country or None

    def get_current(self, session: Session) -> bool:
        """Needs `current_session_id` in the context."""
        return bool(session.id == self.context["current_session_id"])
