"""The trees of teams: a few large companies, many small ones, each down to the tenth level where it has the teams."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.utils.text import slugify

from generations.large_world.chance import Chance
from generations.large_world.words import COMPANIES, DEPARTMENTS
from teams.models import Team

LEVELS: Final = 10
SHARES_OF_LARGE: Final = (0.4, 0.2, 0.1, 0.06, 0.04)
SMALL: Final = 10
ARCHIVED: Final = 0.02
OLDEST_DAYS: Final = 900


@dataclass(slots=True)
class Company:
    """`spine` is the first path from the root down; `lineage` holds for each team itself and all above it."""

    teams: list[Team] = field(default_factory=list)
    lineage: dict[UUID, tuple[Team, ...]] = field(default_factory=dict)

    @property
    def root(self) -> Team:
        """The company itself."""
        return self.teams[0]

    @property
    def spine(self) -> list[Team]:
        """One team per level, so that a role at the root has the whole way to go."""
        return self.teams[:LEVELS]

    def below(self, team: Team) -> list[Team]:
        """The team and everything under it."""
        return [other for other in self.teams if team in self.lineage[other.id]]

    def is_open(self, team: Team) -> bool:
        """Whether neither it nor anything above it is archived."""
        return all(above.archived_at is None for above in self.lineage[team.id])


def plan_companies(teams: int, *, chance: Chance, now: datetime) -> list[Company]:
    """The largest first; the last one is closed."""
    companies = [_plan_company(number, size, chance=chance, now=now) for number, size in enumerate(_sizes(teams))]
    companies[-1].root.archived_at = now - timedelta(days=30)
    return companies


def _sizes(teams: int) -> Iterator[int]:
    left = teams
    for share in SHARES_OF_LARGE:
        size = int(teams * share)
        left -= size
        yield size
    while left > 0:
        yield min(SMALL, left)
        left -= SMALL


def _plan_company(number: int, size: int, *, chance: Chance, now: datetime) -> Company:
    company = Company()
    name = COMPANIES[number % len(COMPANIES)]
    for position in range(size):
        parent = _parent(company, position, chance=chance)
        title = name if parent is None else chance.pick(DEPARTMENTS)
        team = Team(
            id=chance.uuid(),
            parent=parent,
            name=title,
            slug=f"{slugify(title)}-{number}-{position}",
            archived_at=now - timedelta(days=60) if position >= LEVELS and chance.happens(ARCHIVED) else None,
            created_at=now - timedelta(days=OLDEST_DAYS - position % SMALL),
            updated_at=now - timedelta(days=60),
        )
        company.teams.append(team)
        company.lineage[team.id] = (team, *(company.lineage[parent.id] if parent else ()))
    return company


def _parent(company: Company, position: int, *, chance: Chance) -> Team | None:
    if position == 0:
        return None
    if position < LEVELS:
        return company.teams[position - 1]
    while len(company.lineage[(parent := chance.pick(company.teams)).id]) == LEVELS:
        continue
    return parent
