"""The first page of the admin. Features put their figures and panels on it in their `admin`; this file knows none."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, with the list that it counts. `icon` is the name of a Material symbol."""

    label: str
    value: str
    icon: str
    link: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the page. `read` gives its template what it shows, in a bounded number of cheap statements.

    Panels stand in the order of their `place`; a wide one takes the whole row.
    """

    title: str
    template: str
    read: Callable[[HttpRequest], Mapping[str, Any]]
    place: int
    is_wide: bool = False


@dataclass(frozen=True, slots=True)
class ShownPanel:
    """A panel with what it shows at this moment."""

    title: str
    template: str
    is_wide: bool
    content: Mapping[str, Any]


@dataclass(slots=True)
class Dashboard:
    """What the features registered, one per process."""

    panels: list[Panel] = field(default_factory=list)
    figures: list[tuple[int, Callable[[], Iterable[Figure]]]] = field(default_factory=list)

    def add_panel(self, panel: Panel) -> None:
        """Put a panel on the page."""
        self.panels.append(panel)

    def add_figures(self, read: Callable[[], Iterable[Figure]], *, place: int) -> None:
        """Put numbers into the row at the top."""
        self.figures.append((place, read))

    def read_figures(self) -> list[Figure]:
        """All numbers in their order."""
        return [figure for _, read in sorted(self.figures, key=lambda entry: entry[0]) for figure in read()]

    def read_panels(self, request: HttpRequest) -> list[ShownPanel]:
        """All panels in their order. One that has nothing to say answers with nothing, and is left out."""
        shown = (
            ShownPanel(panel.title, panel.template, panel.is_wide, panel.read(request))
            for panel in sorted(self.panels, key=lambda panel: panel.place)
        )
        return [panel for panel in shown if panel.content]


dashboard = Dashboard()


def fill_dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Called by the theme for the index."""
    return context | {"figures": dashboard.read_figures(), "panels": dashboard.read_panels(request)}
