"""Layer 6, RBAC: from what the rules gave to one decision. Pure. Without a grant there is no access."""

from dataclasses import replace

from authorization.actions import Permission
from authorization.deliberation import Deliberation
from authorization.facts import AccessMethod, Decision, Grant
from authorization.roles import Role

ORDER_OF_METHODS = tuple(AccessMethod)


def resolve(deliberation: Deliberation) -> Deliberation:
    """The union of all usable grants, under the ceiling that the state of the resource sets."""
    usable = sorted(
        (grant for grant in deliberation.grants if _is_usable(grant, deliberation)),
        key=lambda grant: ORDER_OF_METHODS.index(grant.method),
    )
    held = frozenset[Permission]().union(*(grant.permissions for grant in usable)) & deliberation.ceiling
    asked = deliberation.question.action.permission
    giving = next((grant for grant in usable if asked in grant.permissions & deliberation.ceiling), None)
    roles = [grant.role for grant in usable if grant.role is not None]
    decision = Decision(
        is_allowed=giving is not None,
        reason=_reason(deliberation, held=held, giving=giving),
        access_method=giving.method if giving else None,
        effective_role=max(roles, key=lambda role: role.rank) if roles and held else None,
        permissions=held,
    )
    return replace(deliberation, decision=decision)


def _is_usable(grant: Grant, deliberation: Deliberation) -> bool:
    rank = Role.VIEWER.rank if grant.role is None else grant.role.rank
    return rank >= deliberation.least_role.rank


def _reason(deliberation: Deliberation, *, held: frozenset[Permission], giving: Grant | None) -> str:
    if giving is not None:
        return f"granted_by_{giving.method}"
    facts = deliberation.question.facts
    if facts is None:
        return "resource_absent"
    if not deliberation.grants:
        return "no_rule_applies"
    return "permission_not_held" if held else f"resource_{facts.state}"
