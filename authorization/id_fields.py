"""Ids in bodies have the one spelling that ids in addresses have."""

from contextlib import suppress
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


class ResourceIdsField(serializers.ListField):
    """Many of them."""

    child = ResourceIdField()

    def run_child_validation(self, data: list[Any]) -> list[UUID]:
        """All in one go; if one is faulty, one by one as DRF does, which tells where."""
        with suppress(ValueError, TypeError):
            return [parse_resource_id(text) for text in data]
        ids: list[UUID] = super().run_child_validation(data)
        return ids
