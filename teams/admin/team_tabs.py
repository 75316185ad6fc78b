"""The parts of a team's page. Each is a page of its own behind the same head, so that none pays for the others.

Features above teams add theirs.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse

from teams.models import Team

PARAMETER: Final = "tab"


@dataclass(frozen=True, slots=True)
class TeamTab:
    """`read` gives the template its `content`, in a bounded number of statements; tabs stand in order of `place`."""

    name: str
    title: str
    template: str
    read: Callable[[HttpRequest, Team], Mapping[str, Any]]
    place: int


class TeamTabs:
    """All tabs, one of these per process."""

    def __init__(self) -> None:
        self._tabs: dict[str, TeamTab] = {}

    def add(self, tab: TeamTab) -> None:
        """Tabs are known by their name."""
        self._tabs[tab.name] = tab

    def chosen(self, request: HttpRequest) -> TeamTab:
        """The first one for who asks for none, or for an unknown one."""
        ordered = self.in_order()
        return self._tabs.get(request.GET.get(PARAMETER, ""), ordered[0])

    def in_order(self) -> list[TeamTab]:
        """As they stand on the page."""
        return sorted(self._tabs.values(), key=lambda tab: tab.place)

    def navigation(self, team: Team, *, chosen: TeamTab) -> list[dict[str, Any]]:
        """As the theme shows tabs."""
        return [
            {
                "title": tab.title,
                "link": tab_address(team.pk, tab.name),
                "active": tab is chosen,
                "has_permission": True,
            }
            for tab in self.in_order()
        ]


def tab_address(team_id: object, tab: str) -> str:
    """Where a tab of a team is."""
    return f"{reverse('admin:teams_team_change', args=[team_id])}?{PARAMETER}={tab}"


team_tabs = TeamTabs()
