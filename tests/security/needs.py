"""What every route that names something needs, written down by hand: the other half of the security matrix."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from authorization.roles import Role
from teams.models import Team
from tests.security.cast import PEOPLE, Cast

VIEWER, MEMBER, ADMIN, OWNER = 1, 2, 3, 4


@dataclass(frozen=True, slots=True)
class Need:
    """One method of one route. `least` is a letter of rwsd, or the rank of a role; None is for whoever is signed in.

    `body` is sent; `other_id` fills the second id of the address, which is there for things of the kinds `only` alone.
    Who may read but not this gets `refusal`, and the owner of a closed team `when_closed`, who may only see and restore
    it. `exceptions` are answers that follow from more than the right.
    """

    method: str
    route: str
    least: str | int | None
    success: int = 200
    body: Callable[[Cast, str], dict[str, Any]] = lambda *_: {}
    other_id: Callable[[Cast, str], UUID] = lambda *_: uuid4()
    only: tuple[str, ...] | None = None
    not_tried: frozenset[str] = frozenset()
    refusal: int = 403
    when_closed: int = 409
    is_versioned: bool = False
    exceptions: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.method} {self.route}"


def in_an_hour() -> str:
    return f"{timezone.now() + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"


def id_of(name: str) -> Callable[[Cast, str], UUID]:
    return lambda cast, _: cast.people[name].id


def owner_of(team: Team) -> str:
    return str(team.memberships.get(role=Role.OWNER).user_id)


def delegation_id(cast: Cast, _: str) -> UUID:
    return cast.generations["project"].delegations.get().id


DELEGATE: dict[str, Any] = {"permissions": ["read"]}
# What is held by delegation only is not passed on, whatever it is.
NOT_PASSED_ON = {("project", "delegate"): 403, ("archived", "delegate"): 403}
GENERATION = "/api/v1/generations/<uuid4:generation_id>"
GENERATIONS = [
    Need("GET", GENERATION, "r"),
    Need("PATCH", GENERATION, "w", body=lambda *_: {"title": "Renamed"}),
    Need("DELETE", GENERATION, "d", 204),
    Need("POST", f"{GENERATION}/archive", "d"),
    # What was deleted comes back by its creator, and by admins and owners of its team.
    Need("POST", f"{GENERATION}/restore", "d", exceptions={("deleted", "owner"): 200, ("deleted", "admin"): 200}),
    Need("POST", f"{GENERATION}/authorize", None),
    Need("POST", f"{GENERATION}/archive", "d"),
    # What is deleted is taken back by who owns or manages the team.
    Need("POST", f"{GENERATION}/restore", "d", exceptions={("deleted", "owner"): 200, ("deleted", "admin"): 200}),
    Need("GET", f"{GENERATION}/share", "s"),
    Need(
        "PUT",
        f"{GENERATION}/share",
        "s",
        body=lambda cast, person: {"team": str(cast.home[person].id), "role": "viewer"},
    ),
    Need(
        "DELETE",
        f"{GENERATION}/share/<uuid4:team_id>",
        "s",
        204,
        other_id=lambda cast, _: cast.teams["partner"].id,
        only=("project", "archived", "quarantined", "deleted", "closed"),
    ),
    Need("GET", f"{GENERATION}/delegations", "r"),
    Need(
        "POST",
        f"{GENERATION}/delegations",
        "r",
        201,
        body=lambda cast, _: (
            DELEGATE
            | {"user": str(cast.teams["partner"].memberships.get(role=Role.OWNER).user_id), "expires_at": in_an_hour()}
        ),
        exceptions=NOT_PASSED_ON,
    ),
    Need(
        "DELETE",
        f"{GENERATION}/delegations/<uuid4:delegation_id>",
        "s",
        204,
        other_id=delegation_id,
        only=("project",),
        # Who may not share sees only delegations of their own, and cannot revoke what was given to them.
        refusal=404,
        exceptions={("project", "delegate"): 403},
    ),
    Need("GET", f"{GENERATION}/access", "s"),
    Need("GET", f"{GENERATION}/explain", "s"),
    Need(
        "POST",
        f"{GENERATION}/impact",
        "s",
        body=lambda cast, person: {"change": "share", "team": str(cast.home[person].id), "role": "viewer"},
    ),
]

TEAM = "/api/v1/teams/<uuid4:team_id>"
HOLDS_GENERATIONS = {
    (kind, person): 409
    for kind, people in {
        "open": ("owner", "admin"),
        "restricted": ("owner", "admin"),
        "rival": ("other_tenant",),
    }.items()
    for person in people
}
# The owner of these has something in them that forbids it.
NOT_EMPTY = {("acme", "owner"): 409, ("rival", "other_tenant"): 409}
# The role to be changed is held in the team above.
INHERITED = {("child", "owner"): 409, ("child", "admin"): 409, ("home", "viewer"): 409}
# The last owner of a root cannot leave, and what is inherited cannot be left.
STUCK = (
    {("acme", "owner"): 409, ("rival", "other_tenant"): 409}
    | {("child", person): 409 for person in ("owner", "admin", "member", "viewer", "project_member")}
    | {("home", person): 409 for person in PEOPLE if person not in {"anonymous", "suspended"}}
)
TEAMS = [
    Need("GET", TEAM, VIEWER, when_closed=200),
    Need("PATCH", TEAM, OWNER, body=lambda *_: {"name": "Renamed"}),
    Need("DELETE", TEAM, OWNER, 204, exceptions=NOT_EMPTY),
    Need("GET", f"{TEAM}/permissions", VIEWER, when_closed=200),
    Need("GET", f"{TEAM}/members", VIEWER, when_closed=200),
    Need(
        "GET",
        f"{TEAM}/members/<uuid4:user_id>",
        VIEWER,
        when_closed=200,
        other_id=id_of("viewer"),
        only=("acme", "child", "closed"),
        exceptions={("home", "viewer"): 200},
    ),
    Need(
        "PATCH",
        f"{TEAM}/members/<uuid4:user_id>",
        ADMIN,
        body=lambda *_: {"role": "member"},
        other_id=id_of("viewer"),
        only=("acme",),
        is_versioned=True,
        exceptions=INHERITED,
    ),
    Need(
        "DELETE",
        f"{TEAM}/members/<uuid4:user_id>",
        ADMIN,
        204,
        other_id=id_of("viewer"),
        only=("acme",),
        exceptions=INHERITED,
    ),
    Need("GET", f"{TEAM}/invitations", ADMIN),
    Need("DELETE", f"{TEAM}/invitations/<uuid4:invitation_id>", ADMIN, 204, only=()),
    Need(
        "POST",
        f"{TEAM}/invite",
        ADMIN,
        201,
        body=lambda *_: {"email": "new@velro.test", "role": "viewer"},
    ),
    Need("POST", f"{TEAM}/archive", OWNER),
    Need("POST", f"{TEAM}/restore", OWNER, when_closed=200),
    Need(
        "POST",
        f"{TEAM}/move",
        OWNER,
        body=lambda cast, person: {"parent": str(cast.home[person].id)},
        not_tried=frozenset({"home"}),
    ),
    Need(
        "POST",
        f"{TEAM}/transfer",
        OWNER,
        body=lambda cast, _: {"user": str(cast.people["viewer"].id)},
        not_tried=frozenset({"home", "rival"}),
    ),
    Need("POST", f"{TEAM}/leave", VIEWER, 204, exceptions=STUCK),
    Need("GET", f"{TEAM}/projects", VIEWER, when_closed=200),
    Need("POST", f"{TEAM}/projects", ADMIN, 201, body=lambda *_: {"name": "New"}),
    Need("POST", f"{TEAM}/impact", OWNER, body=lambda *_: {"change": "archive"}),
]
PROJECT = "/api/v1/projects/<uuid4:project_id>"
PROJECTS = [
    Need("GET", PROJECT, 0),
    Need("PATCH", PROJECT, ADMIN, body=lambda *_: {"name": "Renamed"}),
    Need("DELETE", PROJECT, ADMIN, 204, exceptions=HOLDS_GENERATIONS),
    Need("GET", f"{PROJECT}/members", VIEWER),
    Need(
        "PUT",
        f"{PROJECT}/members/<uuid4:user_id>",
        ADMIN,
        body=lambda *_: {"role": "viewer"},
        other_id=id_of("viewer"),
        exceptions={("rival", "other_tenant"): 409},
    ),
    Need(
        "DELETE",
        f"{PROJECT}/members/<uuid4:user_id>",
        ADMIN,
        204,
        other_id=id_of("project_member"),
        only=("restricted",),
        exceptions={("restricted", "project_member"): 204, ("open", "project_member"): 404},
    ),
]
