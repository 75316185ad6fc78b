"""The ring of keys that sign tokens."""

from typing import ClassVar

from django.db import models

from velro.models import UUIDModel

RS256 = "RS256"


class KeyState(models.TextChoices):
    """A key is published before it signs, signs, and is published on until every token it signed has expired."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"


class SigningKey(UUIDModel):
    """One RSA key. The private part is sealed for this row only, and erased when the key retires."""

    kid = models.CharField("key id", max_length=43, unique=True, help_text="RFC 7638 thumbprint of the public key.")
    algorithm = models.CharField(max_length=5, default=RS256)
    public_key = models.TextField(help_text="PEM.")
    private_key = models.TextField(blank=True, help_text="PEM, sealed; empty once the key has retired.")
    state = models.CharField(max_length=7, choices=KeyState.choices, default=KeyState.NEXT)
    created_at = models.DateTimeField(help_text="Since when the public part is published.")
    activated_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    verifies_until = models.DateTimeField(null=True, blank=True, help_text="When its last token will have expired.")

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="signing_key_one_per_live_state", fields=["state"], condition=~models.Q(state=KeyState.RETIRED)
            ),
            models.CheckConstraint(name="signing_key_algorithm_is_allowed", condition=models.Q(algorithm=RS256)),
            models.CheckConstraint(
                name="signing_key_state_is_consistent",
                condition=(
                    models.Q(state=KeyState.NEXT, activated_at=None, retired_at=None, verifies_until=None)
                    & ~models.Q(private_key="")
                )
                | (
                    models.Q(state=KeyState.ACTIVE, activated_at__isnull=False, retired_at=None, verifies_until=None)
                    & ~models.Q(private_key="")
                )
                | models.Q(
                    state=KeyState.RETIRED, retired_at__isnull=False, verifies_until__isnull=False, private_key=""
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.kid

    @property
    def seal_context(self) -> str:
        """The one place for which the private part is sealed."""
        return f"accounts_signingkey.private_key:{self.id}"
