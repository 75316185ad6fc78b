"""What teams announces when it changes; see `authorization.freshness`."""

from typing import Final

from authorization.freshness.announcements import Announcement

OF_PEOPLE: Final = "SELECT DISTINCT 'user:' || user_id FROM changed"
OF_TEAMS: Final = "SELECT DISTINCT 'team:' || {team} FROM changed"

OWN_ANNOUNCEMENTS: Final = (
    Announcement("memberships", "teams_membership", ("user_id", "team_id", "role"), OF_PEOPLE),
    Announcement("project_memberships", "teams_projectmembership", ("user_id", "project_id", "role"), OF_PEOPLE),
    Announcement(
        "projects",
        "teams_project",
        ("id", "team_id", "visibility"),
        "SELECT DISTINCT 'project:' || id FROM changed",
        on=("UPDATE", "DELETE"),
    ),
    # Where a team stands (rows come and go, none is changed) and whether it is open.
    Announcement(
        "ancestors",
        "teams_teamancestor",
        ("descendant_id", "ancestor_id"),
        OF_TEAMS.format(team="descendant_id"),
        on=("INSERT", "DELETE"),
    ),
    Announcement("closing", "teams_team", ("id", "is_closed"), OF_TEAMS.format(team="id"), on=("UPDATE",)),
)
