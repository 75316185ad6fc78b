"""Ids in bodies have the one spelling that ids in addresses have."""

from typing import Any
from uuid import UUID

from rest_framework import serializers

from authorization.layers.input import parse_resource_id


class ResourceIdField(serializers.UUIDField):
    """A random UUID v4 in lower case with hyphens."""

    def to_internal_value(self, data: Any) -> UUID:
        """Refuse every other spelling."""
        try:
            return parse_resource_id(str(data))
        except ValueError:
            self.fail("invalid", value=data)
