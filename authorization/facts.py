"""What the layers look at and what they answer: frozen values with ids, never a model."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from authorization.actions import Action, Permission
from authorization.roles import Role


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who knocks: what a request shows before anybody is believed. Layers 1 to 3 read it."""

    client_address: str
    user_agent: str
    token: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who it is, once layer 3 believes it. `is_authenticated` is what DRF and Django ask of `request.user`."""

    user_id: UUID
    session_id: UUID
    is_authenticated: bool = field(default=True, init=False)


class ResourceState(StrEnum):
    """Whether a resource can be used. Rules of each state are in `layers.ownership`."""

    AVAILABLE = "available"
    ARCHIVED = "archived"
    QUARANTINED = "quarantined"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class ResourceFacts:
    """Everything a decision needs about one resource and one principal, loaded by its feature in one statement.

    `team_role` is the principal's role in the team of the resource's project (None without one), `project_role` an
    explicit role in that project. `is_open_to_team` is false when the project is restricted and the team role does
    not reach into it.
    """

    resource_id: UUID
    owner_id: UUID
    state: ResourceState = ResourceState.AVAILABLE
    project_id: UUID | None = None
    team_role: Role | None = None
    project_role: Role | None = None
    is_open_to_team: bool = True


@dataclass(frozen=True, slots=True)
class Question:
    """May this principal do this to this resource? `facts` is None when it does not exist."""

    principal: Principal
    action: Action
    resource_id: UUID | None
    facts: ResourceFacts | None


class AccessMethod(StrEnum):
    """The rule that gives access, in the order in which they are named to the caller."""

    DIRECT_OWNERSHIP = "direct_ownership"
    TEAM_MEMBERSHIP = "team_membership"
    PROJECT_MEMBERSHIP = "project_membership"
    TEAM_SHARE = "team_share"
    DELEGATION = "delegation"
    OBJECT_GRANT = "object_grant"
    BREAK_GLASS = "break_glass"


@dataclass(frozen=True, slots=True)
class Grant:
    """What one rule gives. `role` is None for delegations and object grants."""

    method: AccessMethod
    role: Role | None
    permissions: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class LayerTiming:
    """How long one layer took and how long it may take."""

    layer: str
    duration_ms: float
    budget_ms: float


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer. `reason` is for the audit trail, never for the caller of a denied request."""

    is_allowed: bool
    reason: str
    access_method: AccessMethod | None = None
    effective_role: Role | None = None
    permissions: frozenset[Permission] = frozenset()
    is_cache_hit: bool = False
    duration_ms: float = 0
    timings: tuple[LayerTiming, ...] = ()
