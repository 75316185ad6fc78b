"""Where a team stands: what is above and below it, who owns it, and what its roles allow."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.http import HttpRequest

from authorization.roles import PERMISSIONS_OF_ROLE, Permission, Role, may_hand_out
from teams.actions import MANAGE_MEMBERS, TEAM_ACTIONS, allows
from teams.admin.members import effective_members
from teams.admin.paths import with_counts
from teams.admin.team_tabs import TeamTab, team_tabs
from teams.models import Team
from teams.models.triggers import MOST_LEVELS
from velro.audit.event_tables import EVENT_HEADERS, event_row, recent_events_of

SHOWN_CHILDREN: Final = 50
SHOWN_OWNERS: Final = 10
SHOWN_EVENTS: Final = 25


def read_overview(_request: HttpRequest, team: Team) -> Mapping[str, Any]:
    """Three statements: children with their counts, the number of people, and owners."""
    members = effective_members(team)
    children = list(with_counts(team.children.order_by("name", "id"))[: SHOWN_CHILDREN + 1])
    return {
        "children": children[:SHOWN_CHILDREN],
        "has_more_children": len(children) > SHOWN_CHILDREN,
        "most_levels": MOST_LEVELS,
        "people": members.order_by().count(),
        "owners": members.filter(role=Role.OWNER)[:SHOWN_OWNERS],
    }


def read_matrix(_request: HttpRequest, _team: Team) -> Mapping[str, Any]:
    """No statement: it is the same table that the engine reads."""
    return {"roles": list(Role), "groups": matrix()}


def matrix() -> Sequence[tuple[str, list[tuple[str, list[bool]]]]]:
    """For each group of rights its name and rows: what it is, and for each role whether it allows it."""
    return [
        (
            "In the team",
            [
                (action.verb.replace("_", " ").capitalize(), [allows(role, action) for role in Role])
                for action in TEAM_ACTIONS
            ],
        ),
        (
            "On the generations of its projects",
            [
                (permission.capitalize(), [permission in PERMISSIONS_OF_ROLE[role] for role in Role])
                for permission in Permission
            ],
        ),
        (
            "Roles that it may give and take",
            [
                (given.capitalize(), [allows(role, MANAGE_MEMBERS) and may_hand_out(role, given) for role in Role])
                for given in Role
            ],
        ),
    ]


def read_events(_request: HttpRequest, team: Team) -> Mapping[str, Any]:
    """One statement, by the index on what events are about."""
    events = recent_events_of(team.pk, limit=SHOWN_EVENTS)
    return {"table": {"headers": EVENT_HEADERS, "rows": [event_row(event) for event in events]}}


team_tabs.add(TeamTab("overview", "Overview", "teams/admin/overview.html", read_overview, place=10))
team_tabs.add(TeamTab("roles", "Roles", "teams/admin/matrix.html", read_matrix, place=30))
team_tabs.add(TeamTab("events", "Audit", "teams/admin/events.html", read_events, place=90))
