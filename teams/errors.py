"""What can stand in the way of a change to teams."""

from velro.errors import Conflict


class LastOwner(Conflict):
    """A root team would be left without an active owner of its own."""

    code = "last_owner"
    title = "A root team needs an active owner of its own"


class TeamCycle(Conflict):
    """A team would stand below itself."""

    code = "team_cycle"
    title = "A team cannot stand below itself"


class TeamTooDeep(Conflict):
    """A team would stand on the eleventh level, or lower."""

    code = "team_too_deep"
    title = "The tree of teams has at most ten levels"


class TeamNotEmpty(Conflict):
    """The team has child teams, or generations in its projects."""

    code = "team_not_empty"
    title = "The team is not empty"


class TeamArchived(Conflict):
    """The team, or one above it, is archived."""

    code = "team_archived"
    title = "The team is archived"


class AlreadyMember(Conflict):
    """The person is in the team already."""

    code = "already_member"
    title = "This person is a member already"


class MembershipInherited(Conflict):
    """The person has no role of their own in this team, only one from above."""

    code = "membership_inherited"
    title = "The role comes from a team above; change it there"


class ProjectNotEmpty(Conflict):
    """The project holds generations. Deleted ones are kept, and count, for 30 days."""

    code = "project_not_empty"
    title = "The project holds generations; deleted ones stay for 30 days"


class NotInTeam(Conflict):
    """The person has no role in the team of the project, so one in the project would count for nothing."""

    code = "not_in_team"
    title = "This person has no role in the team of the project"
