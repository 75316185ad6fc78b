"""Twelve people and what they can meet, for the security matrix. Whatever is true of them is said here, once."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from django.utils import timezone
from guardian.shortcuts import assign_perm
from rest_framework.test import APIClient

from accounts.models import AccountStatus, User
from authorization.roles import Permission, Role
from generations.models import Delegation, Generation, Share
from teams.models import Membership, Project, ProjectMembership, Team
from tests.support.clients import bearer_client, sign_in
from tests.support.factories import user_factory
from tests.support.principals import principal_for

# In the team ACME unless the name says otherwise. PARTNER is a team with which generations are shared, RIVAL another
# tenant's. `project_member` is a viewer of ACME with an explicit role in its restricted project.
PEOPLE: Final = (
    "owner", "admin", "member", "viewer", "project_member", "share", "delegate", "grantee", "outsider", "other_tenant",
    "suspended", "anonymous",
)  # fmt: skip
ROLE_IN_ACME: Final = {
    "owner": Role.OWNER,
    "admin": Role.ADMIN,
    "member": Role.MEMBER,
    "viewer": Role.VIEWER,
    "project_member": Role.VIEWER,
    "suspended": Role.OWNER,
}


@dataclass(frozen=True, slots=True)
class Cast:
    """Who and what there is. `own` and `home` are per person: a personal generation, and a root team of their own."""

    people: dict[str, User]
    clients: dict[str, APIClient]
    teams: dict[str, Team]
    projects: dict[str, Project]
    generations: dict[str, Generation]
    own: dict[str, Generation]
    home: dict[str, Team]

    def generation_id(self, kind: str, person: str) -> UUID:
        """The generation of this kind that the person meets; `absent` is nobody's."""
        if kind == "absent":
            return uuid4()
        return self.own[person].id if kind == "own" else self.generations[kind].id

    def team_id(self, kind: str, person: str) -> UUID:
        """As above, of teams."""
        if kind == "absent":
            return uuid4()
        return self.home[person].id if kind == "home" else self.teams[kind].id

    def project_id(self, kind: str, _person: str) -> UUID:
        """As above, of projects."""
        return uuid4() if kind == "absent" else self.projects[kind].id


def gather() -> Cast:
    """Store everything. Statements: many, once a test."""
    people = {name: user_factory(display_name=name) for name in PEOPLE if name != "anonymous"}
    creator = user_factory(display_name="creator")
    teams = _teams(people, creator)
    projects = _projects(teams, people)
    generations = _generations(projects, creator, people["other_tenant"])
    for kind in ("project", "archived", "deleted", "quarantined", "closed"):
        _share_delegate_and_grant(generations[kind], people, teams["partner"])
    clients = {name: _client_of(user) for name, user in people.items()} | {"anonymous": APIClient()}
    User.objects.filter(id=people["suspended"].id).update(status=AccountStatus.SUSPENDED)
    return Cast(
        people=people,
        clients=clients,
        teams=teams,
        projects=projects,
        generations=generations,
        own={name: _generation(user) for name, user in people.items()} | {"anonymous": generations["project"]},
        home={name: _root(user, f"Home of {name}") for name, user in people.items() if name != "suspended"}
        | dict.fromkeys(("anonymous", "suspended"), teams["acme"]),
    )


def _teams(people: dict[str, User], creator: User) -> dict[str, Team]:
    acme = _root(people["owner"], "ACME")
    Membership.objects.bulk_create(
        Membership(team=acme, user=people[name], role=role) for name, role in ROLE_IN_ACME.items() if name != "owner"
    )
    Membership.objects.create(team=acme, user=creator, role=Role.MEMBER)
    partner = _root(user_factory(), "PARTNER")
    Membership.objects.create(team=partner, user=people["share"], role=Role.ADMIN)
    closed = Team.objects.create(name="Closed", slug="closed", parent=acme, archived_at=timezone.now())
    child = Team.objects.create(name="Child", slug="child", parent=acme)
    return {
        "acme": acme,
        "child": child,
        "closed": closed,
        "partner": partner,
        "rival": _root(people["other_tenant"], "RIVAL"),
    }


def _root(owner: User, name: str) -> Team:
    team = Team.objects.create(name=name, slug="root")
    Membership.objects.create(team=team, user=owner, role=Role.OWNER)
    return team


def _projects(teams: dict[str, Team], people: dict[str, User]) -> dict[str, Project]:
    projects = {
        "open": Project.objects.create(team=teams["acme"], name="Open"),
        "restricted": Project.objects.create(team=teams["acme"], name="Restricted", visibility="restricted"),
        "closed": Project.objects.create(team=teams["closed"], name="Closed"),
        "rival": Project.objects.create(team=teams["rival"], name="Rival"),
    }
    ProjectMembership.objects.create(project=projects["restricted"], user=people["project_member"], role=Role.MEMBER)
    return projects


def _generations(projects: dict[str, Project], creator: User, rival: User) -> dict[str, Generation]:
    now = timezone.now()
    return {
        "project": _generation(creator, project=projects["open"]),
        "restricted": _generation(creator, project=projects["restricted"]),
        "archived": _generation(creator, project=projects["open"], archived_at=now),
        "quarantined": _generation(creator, project=projects["open"], quarantined_at=now),
        "deleted": _generation(creator, project=projects["open"], deleted_at=now),
        "closed": _generation(creator, project=projects["closed"]),
        "foreign": _generation(rival, project=projects["rival"]),
    }


def _generation(owner: User, **attributes: Any) -> Generation:
    now = timezone.now()
    return Generation.objects.create(
        owner=owner,
        model="fal-ai/flux/schnell",
        kind="image",
        input={"prompt": "a fox"},
        estimated_cost=0,
        status="completed",
        finished_at=now,
        deadline_at=now,
        **attributes,
    )


def _share_delegate_and_grant(generation: Generation, people: dict[str, User], partner: Team) -> None:
    now = timezone.now()
    begun = {"starts_at": now - timedelta(hours=1)}
    Share.objects.create(generation=generation, team=partner, role=Role.MEMBER, shared_by=people["owner"], **begun)
    Delegation.objects.create(
        generation=generation,
        delegator=people["owner"],
        delegate=people["delegate"],
        permissions=[Permission.READ, Permission.WRITE],
        expires_at=now + timedelta(hours=1),
        **begun,
    )
    assign_perm("read_generation", people["grantee"], generation)


def _client_of(user: User) -> APIClient:
    """The suspended come with a token from before, everybody else as if they had one."""
    if user.display_name == "suspended":
        return bearer_client(sign_in(user.email)["access"])
    client = APIClient()
    client.force_authenticate(principal_for(user))  # type: ignore[arg-type]  # the stubs want a User
    return client
