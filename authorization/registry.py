"""What the features registered at start-up."""

from authorization.ports import IdentitySource, ResourceType


class Registry:
    """One per process. Registering twice is a programming error and stops the boot."""

    def __init__(self) -> None:
        self._resource_types: dict[str, ResourceType] = {}
        self._identity_source: IdentitySource | None = None

    def add_resource_type(self, resource_type: ResourceType) -> None:
        """Make a resource type known under its name. Raises ValueError if the name is taken."""
        if resource_type.name in self._resource_types:
            raise ValueError(f"resource type {resource_type.name!r} is registered twice")
        self._resource_types[resource_type.name] = resource_type

    def remove_resource_type(self, name: str) -> None:
        """Forget a resource type; for tests that bring their own."""
        del self._resource_types[name]

    def resource_type(self, name: str) -> ResourceType:
        """Raises KeyError for a name nobody registered."""
        return self._resource_types[name]

    def set_identity_source(self, source: IdentitySource) -> None:
        """Raises ValueError if there is one already."""
        if self._identity_source is not None:
            raise ValueError("an identity source is registered already")
        self._identity_source = source

    @property
    def identity_source(self) -> IdentitySource:
        """Raises LookupError before one is registered."""
        if self._identity_source is None:
            raise LookupError("no identity source is registered")
        return self._identity_source


registry = Registry()
