"""Bodies of /auth."""

from typing import Any

from rest_framework import serializers

from accounts.serializers.fields import DisplayNameField, PasswordField
from velro.api.serializers import StrictSerializer

LONGEST_TOKEN = 4096
BEARER = "Bearer"


class RegistrationInput(StrictSerializer):
    """A new person."""

    email = serializers.EmailField(max_length=254)
    password = PasswordField()
    display_name = DisplayNameField()


class LoginInput(StrictSerializer):
    """Any text is accepted as address, so that a malformed one is refused like an unknown one."""

    email = serializers.CharField(max_length=254)
    password = PasswordField()


class RefreshInput(StrictSerializer):
    """A refresh token."""

    refresh = serializers.CharField(max_length=LONGEST_TOKEN)


class VerificationInput(StrictSerializer):
    """A token from a letter."""

    token = serializers.CharField(max_length=LONGEST_TOKEN)


class PasswordChangeInput(StrictSerializer):
    """The old and the new one."""

    current_password = PasswordField()
    new_password = PasswordField()


class RegistrationOutput(serializers.Serializer[Any]):
    """The same for every address."""

    detail = serializers.CharField(default="Check your mail to confirm the address.")


class PersonOutput(serializers.Serializer[Any]):
    """A person, as others on the team see them."""

    id = serializers.UUIDField()
    email = serializers.EmailField()
    display_name = serializers.CharField()


class TokensOutput(serializers.Serializer[Any]):
    """A pair of tokens. `expires_in` is the life of the access token in seconds."""

    access = serializers.CharField()
    refresh = serializers.CharField()
    token_type = serializers.CharField(default=BEARER)
    expires_in = serializers.IntegerField()


class SignedInOutput(TokensOutput):
    """A pair of tokens and whom they speak for."""

    access = serializers.CharField(source="tokens.access")
    refresh = serializers.CharField(source="tokens.refresh")
    expires_in = serializers.IntegerField(source="tokens.expires_in")
    session_id = serializers.UUIDField(source="session.id")
    user = PersonOutput()


class AuthHealthOutput(serializers.Serializer[Any]):
    """Whether people can sign in."""

    status = serializers.CharField()


class JsonWebKeyOutput(serializers.Serializer[Any]):
    """RFC 7517."""

    kty = serializers.CharField()
    use = serializers.CharField()
    alg = serializers.CharField()
    kid = serializers.CharField()
    n = serializers.CharField()
    e = serializers.CharField()


class JsonWebKeySetOutput(serializers.Serializer[Any]):
    """RFC 7517 section 5."""

    keys = JsonWebKeyOutput(many=True)
