"""Layer 5, team: what a role in the resource's team, in its project, or in a team it is shared with gives. Pure."""

from dataclasses import replace

from authorization.deliberation import Deliberation
from authorization.facts import AccessMethod
from authorization.layers.granting import grants_by

METHODS = frozenset({AccessMethod.TEAM_MEMBERSHIP, AccessMethod.PROJECT_MEMBERSHIP, AccessMethod.TEAM_SHARE})


def grant_to_team(deliberation: Deliberation) -> Deliberation:
    """Every path grants; the highest role wins by the union in layer 6."""
    facts = deliberation.question.facts
    grants = grants_by(METHODS, facts) if facts else ()
    return replace(deliberation, grants=(*deliberation.grants, *grants)) if grants else deliberation
