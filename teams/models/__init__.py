"""The tables: the tree of teams, who is in it with which role, its projects, and open invitations."""

from teams.models.invitation import Invitation
from teams.models.membership import Membership
from teams.models.project import Project, ProjectMembership, Visibility
from teams.models.team import Team, TeamAncestor

__all__ = ["Invitation", "Membership", "Project", "ProjectMembership", "Team", "TeamAncestor", "Visibility"]
