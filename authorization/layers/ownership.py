"""Layer 4, ownership: what the creator holds, and what the state of the resource leaves of anybody's rights. Pure."""

from dataclasses import replace
from types import MappingProxyType

from authorization.actions import ALL_PERMISSIONS, Permission
from authorization.deliberation import Deliberation
from authorization.facts import AccessMethod, Grant, ResourceState
from authorization.roles import Role

CEILING_OF_STATE = MappingProxyType(
    {
        ResourceState.AVAILABLE: ALL_PERMISSIONS,
        ResourceState.ARCHIVED: frozenset({Permission.READ, Permission.DELETE}),
        ResourceState.QUARANTINED: frozenset({Permission.READ}),
        ResourceState.DELETED: frozenset[Permission](),
    }
)
OWNERSHIP = Grant(AccessMethod.DIRECT_OWNERSHIP, Role.OWNER, ALL_PERMISSIONS)


def grant_to_owner(deliberation: Deliberation) -> Deliberation:
    """A creator holds everything on a personal resource; in a project, only while holding a role in its team."""
    facts = deliberation.question.facts
    if facts is None:
        return deliberation
    is_quarantined = facts.state is ResourceState.QUARANTINED
    limited = replace(
        deliberation,
        ceiling=CEILING_OF_STATE[facts.state],
        least_role=Role.ADMIN if is_quarantined else Role.VIEWER,
    )
    is_creator = facts.owner_id == deliberation.question.principal.user_id
    is_still_with_it = facts.project_id is None or facts.team_role is not None
    return replace(limited, grants=(*limited.grants, OWNERSHIP)) if is_creator and is_still_with_it else limited
