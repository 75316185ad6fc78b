"""What the layers look at and what they answer: frozen values with ids, never a model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from authorization.actions import Action
from authorization.freshness.snapshots import Snapshot
from authorization.roles import EffectiveRole, Permission, Role

# A person and a resource.
Pair = tuple[UUID, UUID]


@dataclass(frozen=True, slots=True)
class Attempt:
    """Who knocks: what a request shows before anybody is believed. Layers 1 to 3 read it."""

    client_address: str
    user_agent: str
    token: str | None = field(repr=False)
    accept_language: str = ""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who it is, once layer 3 believes it. `is_authenticated` is what DRF and Django ask of `request.user`.

    An operator may ask what others may do, which gives them nothing of it.

    `session_id` names what they speak through: a session, or an API key, which then may only what its `scopes` name.
    With None for `scopes` they may everything that is theirs.
    """

    user_id: UUID
    session_id: UUID
    scopes: frozenset[str] | None = None
    is_operator: bool = False
    is_authenticated: bool = field(default=True, init=False)

    def can_use(self, action: Action) -> bool:
        """Whether what they speak through reaches that far; what the person may is another question."""
        return self.scopes is None or action.scope in self.scopes


class ResourceState(StrEnum):
    """Whether a resource can be used. Rules of each state are in `layers.ownership`."""

    AVAILABLE = "available"
    ARCHIVED = "archived"
    QUARANTINED = "quarantined"
    DELETED = "deleted"


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
class Path:
    """One way by which somebody reaches a resource, as the policy statement of its feature found it.

    It gives what `role` gives (everything if None) as far as `mask` lets through (all of it if None). `source_id` is
    the row it comes from: a team, project, share, delegation or grant. It ends at `ends_at`, by the database's clock.
    """

    method: AccessMethod
    role: Role | None = None
    mask: frozenset[Permission] | None = None
    source_id: UUID | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """When facts were read, by the database's clock, and what could be seen by then."""

    at: float
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Evidence:
    """How long facts stay true: until a change of one of `depends_on` is announced, or until `changes_at`.

    Dependencies are texts such as `user:<id>`; the time is the database's, in seconds since 1970. Without a `reading`
    other processes cannot tell whether the facts hold for them.
    """

    depends_on: tuple[str, ...]
    changes_at: float
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class ResourceFacts:
    """Everything a decision needs about one resource and one person, loaded by its feature in one statement.

    Without `evidence` they are never kept. `verdicts` is what layers 4 to 6, being pure, made of them before.
    """

    resource_id: UUID
    owner_id: UUID | None = None
    state: ResourceState = ResourceState.AVAILABLE
    project_id: UUID | None = None
    paths: tuple[Path, ...] = ()
    evidence: Evidence | None = None
    verdicts: "dict[Action, Decision]" = field(default_factory=dict, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Asking:
    """May this person do this to these resources? `asked_by` is who wants to know: mostly the person themself.

    `origin` is of the trail's columns that say where a question comes from, if not from the request that runs.
    """

    user_id: UUID
    action: Action
    resource_ids: Sequence[UUID]
    asked_by: Principal
    origin: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """An asking about one resource, as the layers see it. `facts` is None when the resource does not exist."""

    user_id: UUID
    action: Action
    resource_id: UUID
    facts: ResourceFacts | None
    asked_by: Principal
    origin: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Grant:
    """What one path gives. `role` is None where no role is held: delegations, object grants, break glass."""

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
    """The answer. `reason` is for the audit trail, never for the caller of a denied request.

    Of the `permissions` only `own_permissions` can be passed on: those held neither by delegation nor by broken glass.
    """

    is_allowed: bool
    reason: str
    access_method: AccessMethod | None = None
    effective_role: EffectiveRole | None = None
    permissions: frozenset[Permission] = frozenset()
    own_permissions: frozenset[Permission] = frozenset()
    is_cache_hit: bool = False
    duration_ms: float = 0
    timings: tuple[LayerTiming, ...] = ()
