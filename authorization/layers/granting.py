"""From a path to what it gives: the one place where roles become permissions. Pure."""

from collections.abc import Set as AbstractSet

from authorization.actions import Action
from authorization.facts import AccessMethod, Grant, Path, ResourceFacts, ResourceState
from authorization.roles import ALL_PERMISSIONS, PERMISSIONS_OF_ROLE, Permission, Role

# A delegate acts by the delegator's role without holding it.
METHODS_OF_ROLES = frozenset(
    {
        AccessMethod.DIRECT_OWNERSHIP,
        AccessMethod.TEAM_MEMBERSHIP,
        AccessMethod.PROJECT_MEMBERSHIP,
        AccessMethod.TEAM_SHARE,
    }
)


def grants_by(methods: AbstractSet[AccessMethod], facts: ResourceFacts) -> tuple[Grant, ...]:
    """What the paths of these methods give, before the state of the resource limits it."""
    return tuple(
        Grant(path.method, path.role if path.method in METHODS_OF_ROLES else None, permissions_given_by(path))
        for path in facts.paths
        if path.method in methods
    )


def permissions_given_by(path: Path) -> frozenset[Permission]:
    """What the role gives, as far as the mask lets through."""
    of_role = ALL_PERMISSIONS if path.role is None else PERMISSIONS_OF_ROLE[path.role]
    return of_role if path.mask is None else of_role & path.mask


def is_left_by_state(action: Action, state: ResourceState) -> bool:
    """Whether what needs a role can be done at all to a resource in this state; permissions have a ceiling instead."""
    if action.least_role is None or state is ResourceState.AVAILABLE:
        return True
    return state is ResourceState.ARCHIVED and action.is_for_archived


def is_high_enough(role: Role | None, action: Action) -> bool:
    """Whether a role reaches the one that the action needs."""
    return role is not None and action.least_role is not None and role.rank >= action.least_role.rank
