"""What the features registered at start-up."""

from collections.abc import Iterable

from authorization.ports import DecisionRoute, Explainer, ForwardedRoute, IdentitySource, PolicySource, ResourceType


class Registry:
    """One per process. Registering twice is a programming error and stops the boot.

    `resource_types`, `policy_sources` and `explainers` go by name; routes are tried in their order.
    """

    def __init__(self) -> None:
        self.resource_types: dict[str, ResourceType] = {}
        self.policy_sources: dict[str, PolicySource] = {}
        self.explainers: dict[str, Explainer] = {}
        self.forwarded_routes: list[ForwardedRoute] = []
        self.decision_routes: list[DecisionRoute] = []
        self._identity_source: IdentitySource | None = None

    def add_resource_type(self, resource_type: ResourceType) -> None:
        """Make a resource type known under its name. Raises ValueError if the name is taken."""
        if resource_type.name in self.resource_types:
            raise ValueError(f"resource type {resource_type.name!r} is registered twice")
        self.resource_types[resource_type.name] = resource_type

    def resource_type(self, name: str) -> ResourceType:
        """Raises KeyError for a name nobody registered."""
        return self.resource_types[name]

    def add_explainer(self, name: str, explainer: Explainer) -> None:
        """Let the rules of a resource type be explained. Raises ValueError if they are already."""
        if name in self.explainers:
            raise ValueError(f"explainer of {name!r} is registered twice")
        self.explainers[name] = explainer

    def add_policy_source(self, source: PolicySource) -> None:
        """Let others ask about a resource type. Raises ValueError if the name is taken."""
        if source.name in self.policy_sources:
            raise ValueError(f"policy source {source.name!r} is registered twice")
        self.policy_sources[source.name] = source

    def add_forwarded_routes(self, routes: Iterable[ForwardedRoute]) -> None:
        """Let gateways ask about addresses."""
        self.forwarded_routes.extend(routes)

    def add_decision_routes(self, routes: Iterable[DecisionRoute]) -> None:
        """Let questions at these addresses be answered ahead of Django."""
        self.decision_routes.extend(routes)

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
