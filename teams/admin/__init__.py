"""Teams as operators see them, and the changes they may make: by the services of the API, under the same rules."""

from teams.admin.figures import read_figures
from teams.admin.invitations import InvitationAdmin
from teams.admin.overview import matrix
from teams.admin.projects import ProjectAdmin
from teams.admin.teams import TeamAdmin

__all__ = ["InvitationAdmin", "ProjectAdmin", "TeamAdmin", "matrix", "read_figures"]
