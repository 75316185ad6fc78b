"""Layer 5, team: what a role in the resource's team or project gives. Pure; the feature's facts carry the roles."""

from dataclasses import replace

from authorization.deliberation import Deliberation
from authorization.facts import AccessMethod, Grant
from authorization.roles import PERMISSIONS_OF_ROLE


def grant_to_team(deliberation: Deliberation) -> Deliberation:
    """Both roles grant; an explicit project role counts only while the person has some role in the team."""
    facts = deliberation.question.facts
    if facts is None or facts.team_role is None:
        return deliberation
    found = (
        (AccessMethod.TEAM_MEMBERSHIP, facts.team_role if facts.is_open_to_team else None),
        (AccessMethod.PROJECT_MEMBERSHIP, facts.project_role),
    )
    grants = tuple(Grant(method, role, PERMISSIONS_OF_ROLE[role]) for method, role in found if role is not None)
    return replace(deliberation, grants=(*deliberation.grants, *grants))
