"""What the access explorer asks and finds out: may somebody do something, by which ways, and what would change it.

It decides by the layers that decide for everybody, and shows names, roles and times, never what is behind them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import User
from authorization.actions import Action
from authorization.explain import judge
from authorization.facts import AccessMethod, Decision, Path, ResourceFacts, ResourceState
from authorization.layers.granting import is_left_by_state, permissions_given_by
from authorization.layers.ownership import CEILING_OF_STATE
from authorization.models import BreakGlassGrant
from authorization.ports import FailedRule
from authorization.registry import registry
from authorization.roles import Permission, Role
from generations import actions
from generations.models import Delegation, Share
from teams.actions import MANAGE_PROJECT, READ_PROJECT, TEAM_ACTIONS
from teams.models import Project, Team

ASKED: Final[Mapping[str, Action]] = MappingProxyType(
    {str(action): action for action in (*actions.BY_PERMISSION.values(), *TEAM_ACTIONS, READ_PROJECT, MANAGE_PROJECT)}
)
SHOWN_HOLDERS: Final = 25
NAME_OF_METHOD: Final[Mapping[AccessMethod, str]] = MappingProxyType(
    {method: method.replace("_", " ").capitalize() for method in AccessMethod}
)


@dataclass(frozen=True, slots=True)
class Source:
    """Where paths of one method come from. `link` is app and model of its rows, for a link to their pages."""

    rows: QuerySet[Any]
    describe: Callable[[Any], str]
    link: str


SOURCES: Final[Mapping[AccessMethod, Source]] = MappingProxyType(
    {
        AccessMethod.TEAM_MEMBERSHIP: Source(Team.objects.all(), lambda it: f"their role in {it.name}", "teams_team"),
        AccessMethod.PROJECT_MEMBERSHIP: Source(
            Project.objects.all(), lambda it: f"their role in {it.name}", "teams_project"
        ),
        AccessMethod.TEAM_SHARE: Source(
            Share.objects.select_related("team"), lambda it: f"shared with {it.team.name}", "generations_share"
        ),
        AccessMethod.DELEGATION: Source(
            Delegation.objects.select_related("delegator"),
            lambda it: f"in the place of {it.delegator.email}",
            "generations_delegation",
        ),
        AccessMethod.BREAK_GLASS: Source(
            BreakGlassGrant.objects.all(), lambda it: f"{it.reason}", "authorization_breakglassgrant"
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Way:
    """One path by which the person reaches it. `source` and `link` say what it comes from."""

    method: str
    role: Role | None
    gives: tuple[Permission, ...]
    is_enough: bool
    source: str
    link: str
    source_id: UUID | None
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer. Who is denied has `failed_rules`: what stands in the way, and the least that would change it."""

    decision: Decision
    state: ResourceState
    ways: Sequence[Way]
    failed_rules: Sequence[FailedRule]
    holders: Sequence[User]
    has_more_holders: bool


def find_out(person: User, action: Action, resource_id: UUID) -> Finding | None:
    """None for an id that nothing has. A few statements, whatever the number of people and ways."""
    resource_type = registry.resource_type(action.resource)
    facts = resource_type.facts_for(person.id, [resource_id]).get(resource_id)
    if facts is None:
        return None
    decision = judge(person.id, action, facts)
    holders = list(resource_type.holders_of(action, resource_id).order_by("email")[: SHOWN_HOLDERS + 1])
    return Finding(
        decision=decision,
        state=facts.state,
        ways=tuple(_ways(person.id, facts, action)),
        failed_rules=() if decision.is_allowed else _failed_rules(person, action, facts),
        holders=holders[:SHOWN_HOLDERS],
        has_more_holders=len(holders) > SHOWN_HOLDERS,
    )


def _ways(person_id: UUID, facts: ResourceFacts, action: Action) -> Iterable[Way]:
    sources = _sources_of(facts.paths)
    for path in facts.paths:
        source, link = sources.get((path.method, path.source_id), ("", ""))
        given = permissions_given_by(path) & CEILING_OF_STATE[facts.state]
        yield Way(
            method=NAME_OF_METHOD[path.method],
            role=path.role,
            gives=tuple(permission for permission in Permission if permission in given),
            is_enough=judge(person_id, action, replace(facts, paths=(path,))).is_allowed,
            source=source,
            link=link,
            source_id=path.source_id,
            ends_at=path.ends_at,
        )


def _sources_of(paths: Sequence[Path]) -> Mapping[tuple[AccessMethod, UUID | None], tuple[str, str]]:
    """What the paths come from, and which page tells more. One statement for each kind that is among them."""
    found: dict[tuple[AccessMethod, UUID | None], tuple[str, str]] = {}
    for method, source in SOURCES.items():
        if wanted := [path.source_id for path in paths if path.method is method]:
            rows = source.rows.filter(id__in=wanted)
            found |= {(method, row.id): (source.describe(row), source.link) for row in rows}
    return found


def _failed_rules(person: User, action: Action, facts: ResourceFacts) -> Sequence[FailedRule]:
    """Of generations as their explainer says; teams and projects have but one rule."""
    if action.resource in registry.explainers:
        return registry.explainers[action.resource].failed_rules(person.id, action, facts)
    if not is_left_by_state(action, facts.state):
        detail = f"It is {facts.state}: its owners may see and restore it, and nothing else can be done."
        return [FailedRule("state", f"resource_{facts.state}", detail, "Restore the team, and those above it.")]
    least = action.least_role or Role.VIEWER
    detail = f"They have no role in the team, or above it, that reaches as far as {action.verb.replace('_', ' ')}."
    return [FailedRule(AccessMethod.TEAM_MEMBERSHIP, "role_too_low", detail, f"Make them {least} or higher there.")]
