"""What the engine asks of the features above it.

Each implements its part in its `policies.py` and registers in `registrations.py`.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from authorization.actions import Action
from authorization.facts import Attempt, Principal, ResourceFacts


class ResourceType(Protocol):
    """A kind of resource that can be authorized."""

    @property
    def name(self) -> str:
        """The `resource` part of its actions."""

    def facts_for(self, principal: Principal, resource_ids: Sequence[UUID]) -> Mapping[UUID, ResourceFacts]:
        """Facts of the existing ones, in one statement whatever the number of ids."""

    def visible_to(self, principal: Principal, action: Action) -> Any:
        """QuerySet of exactly those for which the decision allows `action`, from the same SQL as `facts_for`."""


class IdentitySource(Protocol):
    """Turns a bearer token into a principal."""

    def identify(self, attempt: Attempt) -> Principal:
        """Raises a subclass of `authorization.errors.Unauthenticated`."""
