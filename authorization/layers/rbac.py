"""Layer 6, RBAC: object grants, break glass, one decision from all rules. Pure. Without a grant there is no access."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from authorization.deliberation import Deliberation
from authorization.facts import AccessMethod, Decision, Grant
from authorization.layers.granting import grants_by, is_high_enough, is_left_by_state
from authorization.roles import EffectiveRole, Permission, Role

ORDER_OF_METHODS = tuple(AccessMethod)
METHODS = frozenset({AccessMethod.OBJECT_GRANT, AccessMethod.BREAK_GLASS})
# What is in quarantine is left to those who must deal with it: its creator, and admins and owners.
METHODS_IN_QUARANTINE = frozenset(
    {AccessMethod.DIRECT_OWNERSHIP, AccessMethod.TEAM_MEMBERSHIP, AccessMethod.PROJECT_MEMBERSHIP}
)
LEAST_ROLE_IN_QUARANTINE = Role.ADMIN
NOTHING: Final[frozenset[Permission]] = frozenset()
METHODS_OF_BORROWERS = frozenset({AccessMethod.DELEGATION, AccessMethod.BREAK_GLASS})


def resolve(deliberation: Deliberation) -> Deliberation:
    """The union of all usable grants, under the ceiling that the state of the resource sets."""
    facts = deliberation.question.facts
    grants = (*deliberation.grants, *(grants_by(METHODS, facts) if facts else ()))
    usable = sorted(
        (under_ceiling for grant in grants if (under_ceiling := _usable_part(grant, deliberation)).permissions),
        key=lambda grant: ORDER_OF_METHODS.index(grant.method),
    )
    held = _union(usable)
    giving = next((grant for grant in usable if _gives(grant, deliberation)), None)
    decision = Decision(
        is_allowed=giving is not None,
        reason=_reason(deliberation, has_grants=bool(grants), held=held, giving=giving),
        access_method=giving.method if giving else None,
        effective_role=_effective_role(usable),
        permissions=held,
        own_permissions=_union(grant for grant in usable if grant.method not in METHODS_OF_BORROWERS),
    )
    return replace(deliberation, decision=decision)


def _union(grants: Iterable[Grant]) -> frozenset[Permission]:
    return NOTHING.union(*(grant.permissions for grant in grants))


def _usable_part(grant: Grant, deliberation: Deliberation) -> Grant:
    is_high = grant.role is not None and grant.role.rank >= LEAST_ROLE_IN_QUARANTINE.rank
    if deliberation.is_quarantined and not (is_high and grant.method in METHODS_IN_QUARANTINE):
        return replace(grant, permissions=frozenset())
    permissions = grant.permissions & deliberation.ceiling
    return grant if permissions == grant.permissions else replace(grant, permissions=permissions)


def _gives(grant: Grant, deliberation: Deliberation) -> bool:
    action = deliberation.question.action
    if action.least_role is not None:
        return is_high_enough(grant.role, action) and not _is_shut(deliberation)
    return action.permission in grant.permissions


def _is_shut(deliberation: Deliberation) -> bool:
    facts = deliberation.question.facts
    return facts is not None and not is_left_by_state(deliberation.question.action, facts.state)


def _effective_role(usable: list[Grant]) -> EffectiveRole | None:
    roles = [grant.role for grant in usable if grant.role is not None]
    if roles:
        return EffectiveRole(max(roles, key=lambda role: role.rank))
    if any(grant.method is AccessMethod.DELEGATION for grant in usable):
        return EffectiveRole.DELEGATE
    return EffectiveRole.GRANTEE if usable else None


def _reason(deliberation: Deliberation, *, has_grants: bool, held: frozenset[Permission], giving: Grant | None) -> str:
    if giving is not None:
        return f"granted_by_{giving.method}"
    facts = deliberation.question.facts
    if facts is None:
        return "resource_absent"
    if not has_grants:
        return "no_rule_applies"
    return "permission_not_held" if held and not _is_shut(deliberation) else f"resource_{facts.state}"
