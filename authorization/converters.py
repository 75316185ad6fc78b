"""Ids in URLs pass layer 1 before any view runs: another spelling of an id is an address that does not exist."""

from uuid import UUID

from authorization.layers.input import CANONICAL_UUID4, parse_resource_id


class UUID4Converter:
    """`<uuid4:generation_id>` in a path."""

    regex = CANONICAL_UUID4

    def to_python(self, value: str) -> UUID:
        """Raises ValueError, which Django turns into 404, for ids that are not random."""
        return parse_resource_id(value)

    def to_url(self, value: UUID) -> str:
        """The canonical form."""
        return str(value)
