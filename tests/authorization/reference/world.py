"""Everything the rules look at, as plain values: ids are UUIDs, times aware, roles and permissions their names."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

ROLES = ("viewer", "member", "admin", "owner")
EVERYTHING = frozenset({"read", "write", "share", "delete"})


@dataclass(slots=True)
class Person:
    """`status` is active, suspended or deactivated."""

    status: str = "active"
    is_superuser: bool = False


@dataclass(slots=True)
class Team:
    """`parent` is None for a root."""

    parent: UUID | None = None
    is_archived: bool = False


@dataclass(slots=True)
class Project:
    """`visibility` is team or restricted."""

    team: UUID
    visibility: str = "team"


@dataclass(slots=True)
class Generation:
    """`project` is None for a personal one; `state` is available, archived, quarantined or deleted."""

    creator: UUID
    project: UUID | None = None
    state: str = "available"


@dataclass(frozen=True, slots=True)
class Window:
    """Half open: the first moment counts, the last does not. None is without end, or since ever."""

    starts_at: datetime | None = None
    expires_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        has_begun = self.starts_at is None or self.starts_at <= now
        return has_begun and (self.expires_at is None or now < self.expires_at)


ALWAYS = Window()


@dataclass(frozen=True, slots=True)
class Share:
    """Of one generation, with everybody in one team."""

    generation: UUID
    team: UUID
    role: str
    window: Window = ALWAYS


@dataclass(frozen=True, slots=True)
class Delegation:
    """Of some permissions on one generation, from one person to another."""

    generation: UUID
    delegator: UUID
    delegate: UUID
    permissions: frozenset[str]
    window: Window = ALWAYS
    id: UUID = field(default_factory=uuid4, compare=False)


@dataclass(frozen=True, slots=True)
class ObjectGrant:
    """`holder` is a person or a group."""

    generation: UUID
    holder: UUID | int
    permissions: frozenset[str]


@dataclass(frozen=True, slots=True)
class BreakGlass:
    """What a superuser opened for themselves, for a quarter of an hour."""

    generation: UUID
    superuser: UUID
    window: Window
    permissions: frozenset[str] = frozenset({"read"})


@dataclass(slots=True)
class World:
    """All there is. Tests change it freely; the rules only read it."""

    people: dict[UUID, Person] = field(default_factory=dict)
    teams: dict[UUID, Team] = field(default_factory=dict)
    memberships: dict[tuple[UUID, UUID], str] = field(default_factory=dict)  # (team, person) -> role
    projects: dict[UUID, Project] = field(default_factory=dict)
    project_roles: dict[tuple[UUID, UUID], str] = field(default_factory=dict)  # (project, person) -> role
    generations: dict[UUID, Generation] = field(default_factory=dict)
    shares: list[Share] = field(default_factory=list)
    delegations: list[Delegation] = field(default_factory=list)
    object_grants: list[ObjectGrant] = field(default_factory=list)
    group_members: set[tuple[int, UUID]] = field(default_factory=set)  # (group, person)
    broken_glass: list[BreakGlass] = field(default_factory=list)
