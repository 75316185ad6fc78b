"""Layer 4, ownership: what creators and their delegates hold, and what the state of the resource leaves. Pure."""

from dataclasses import replace
from types import MappingProxyType

from authorization.deliberation import Deliberation
from authorization.facts import AccessMethod, ResourceState
from authorization.layers.granting import grants_by
from authorization.roles import ALL_PERMISSIONS, Permission

CEILING_OF_STATE = MappingProxyType(
    {
        ResourceState.AVAILABLE: ALL_PERMISSIONS,
        ResourceState.ARCHIVED: frozenset({Permission.READ, Permission.DELETE}),
        ResourceState.QUARANTINED: frozenset({Permission.READ}),
        ResourceState.DELETED: frozenset[Permission](),
    }
)
METHODS = frozenset({AccessMethod.DIRECT_OWNERSHIP, AccessMethod.DELEGATION})


def grant_to_owner(deliberation: Deliberation) -> Deliberation:
    """A creator holds everything; a delegate what was delegated and the delegator still has."""
    facts = deliberation.question.facts
    if facts is None:
        return deliberation
    return replace(
        deliberation,
        ceiling=CEILING_OF_STATE[facts.state],
        is_quarantined=facts.state is ResourceState.QUARANTINED,
        grants=(*deliberation.grants, *grants_by(METHODS, facts)),
    )
