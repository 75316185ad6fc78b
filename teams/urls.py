"""Addresses of teams, below the base of the API."""

from django.urls import path

from teams.views import invitations, members, projects, teams

TEAM = "teams/<uuid4:team_id>"
PROJECT = "projects/<uuid4:project_id>"

urlpatterns = [
    path("teams", teams.TeamListView.as_view(), name="teams"),
    path(TEAM, teams.TeamView.as_view(), name="team"),
    path(f"{TEAM}/permissions", teams.TeamPermissionsView.as_view(), name="team-permissions"),
    path(f"{TEAM}/move", teams.MoveTeamView.as_view(), name="team-move"),
    path(f"{TEAM}/archive", teams.ArchiveTeamView.as_view(), name="team-archive"),
    path(f"{TEAM}/restore", teams.RestoreTeamView.as_view(), name="team-restore"),
    path(f"{TEAM}/members", members.TeamMemberListView.as_view(), name="team-members"),
    path(f"{TEAM}/members/<uuid4:user_id>", members.TeamMemberView.as_view(), name="team-member"),
    path(f"{TEAM}/transfer", members.TransferTeamView.as_view(), name="team-transfer"),
    path(f"{TEAM}/leave", members.LeaveTeamView.as_view(), name="team-leave"),
    path(f"{TEAM}/invite", invitations.InviteView.as_view(), name="team-invite"),
    path(f"{TEAM}/invitations", invitations.InvitationListView.as_view(), name="team-invitations"),
    path(f"{TEAM}/invitations/<uuid4:invitation_id>", invitations.InvitationView.as_view(), name="team-invitation"),
    path(f"{TEAM}/projects", projects.ProjectListView.as_view(), name="team-projects"),
    path(PROJECT, projects.ProjectView.as_view(), name="project"),
    path(f"{PROJECT}/members", projects.ProjectMemberListView.as_view(), name="project-members"),
    path(f"{PROJECT}/members/<uuid4:user_id>", projects.ProjectMemberView.as_view(), name="project-member"),
    path("invitations/accept", invitations.AcceptInvitationView.as_view(), name="invitation-accept"),
]
