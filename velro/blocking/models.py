"""The table of blocked networks."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Now

from velro.models import TimestampedModel
from velro.observability.networks import parse_network

LONGEST_NETWORK = 43


def validate_network(text: str) -> None:
    """Raises ValidationError for what is no network in CIDR form, and for one that holds everybody."""
    try:
        network = parse_network(text.strip())
    except ValueError as error:
        raise ValidationError("Write an address or a network, such as 203.0.113.0/24.") from error
    if network.prefixlen == 0:
        raise ValidationError("This would shut out everybody.")


class BlockedNetworkQuerySet(models.QuerySet["BlockedNetwork"]):
    """Blocks by whether they hold, by the database's clock."""

    def in_force(self) -> "BlockedNetworkQuerySet":
        """Those that have not expired."""
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=Now()))


class BlockedNetwork(TimestampedModel):
    """Requests from `network` are refused until `expires_at`, or for good."""

    network = models.CharField(
        max_length=LONGEST_NETWORK,
        unique=True,
        validators=[validate_network],
        help_text="An address or a network (CIDR).",
    )
    reason = models.CharField(max_length=200, help_text="For the other operators; the blocked never see it.")
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: until it is removed.")

    objects = BlockedNetworkQuerySet.as_manager()

    class Meta(TimestampedModel.Meta):
        ordering: ClassVar = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.network
