"""Teams on the dashboard."""

from collections.abc import Iterable

from django.db.models.functions import Now

from teams.models import Invitation, Project, Team
from velro.admin_columns import list_address
from velro.dashboard import Figure, dashboard
from velro.row_counts import count_rows, count_up_to_limit


def read_figures() -> Iterable[Figure]:
    """Three statements."""
    open_invitations = Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=Now())
    yield Figure("Teams", str(count_rows(Team.objects.all())), "groups", list_address("teams_team"))
    yield Figure("Projects", str(count_rows(Project.objects.all())), "folder_open", list_address("teams_project"))
    yield Figure(
        "Open invitations",
        count_up_to_limit(open_invitations),
        "mail",
        list_address("teams_invitation", state="open"),
    )


dashboard.add_figures(read_figures, place=20)
