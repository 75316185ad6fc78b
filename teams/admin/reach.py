"""How many people reach each team of a page, from the materialized view: counting them all would take too long."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from unfold.views import ChangeList

from teams.materialized_views import AUTHORIZATION_CONTEXT, people_by_team
from velro.caching.freshness import refreshed_at


class ReachChangeList(ChangeList):  # type: ignore[misc]  # unfold publishes no types
    """Gives every team of the page its `people`, and the page the time at which that was true.

    Both are None while the view was never filled.
    """

    people_at: datetime | None = None
    result_list: Any

    def get_results(self, request: HttpRequest) -> None:
        """Two statements more than Django's."""
        super().get_results(request)
        self.people_at = refreshed_at(AUTHORIZATION_CONTEXT)
        teams: list[Any] = list(self.result_list)
        people = people_by_team([team.pk for team in teams]) if self.people_at else None
        for team in teams:
            team.people = None if people is None else people.get(team.pk, 0)
        self.result_list = teams
