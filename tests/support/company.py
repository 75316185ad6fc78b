"""A company with teams in a tree, so that the admin has something to show: one row at least in each of its lists.

`python -m tests.support.company` puts it into the copy whose addresses are in the environment.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import uuid4

import django
from django.db import transaction
from django.utils import timezone

if __name__ == "__main__":
    django.setup()

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group, Permission

from accounts.models import User
from authorization.models import BREAK_GLASS_LASTS, BreakGlassGrant
from authorization.roles import Permission as Access
from authorization.roles import Role
from generations.models import Delegation, Generation, GenerationGroupGrant, GenerationUserGrant, Share
from generations.states import Status
from teams.models import Invitation, Membership, Project, ProjectMembership, Team, Visibility
from velro.audit.models import Outcome
from velro.audit.services import Actor, Subject, record_event

PASSWORD = "velro-demo-password"
SECRET_PROMPT, SECRET_TITLE = "a lighthouse nobody may see", "The secret lighthouse"
HOSTILE_NAME = "<script>alert('team')</script>"
NAMES = (
    "Ada Moreau", "Ben Okafor", "Chiara Russo", "Daniel Weiss", "Elif Demir", "Farid Haddad", "Grace Lindqvist",
    "Hiro Tanaka", "Ines Almeida", "Jonas Berg", "Kavya Nair", "Leon Fischer", "Maya Cohen", "Noor Rahman",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Company:
    """What tests speak of. `design` stands below `root`, `brand` below `design`; `people` are in the order of NAMES."""

    root: Team
    design: Team
    brand: Team
    hostile: Team
    campaign: Project
    generation: Generation
    people: tuple[User, ...]


@transaction.atomic
def found_company(operator: User) -> Company:
    """Ada owns everything, Ben is an admin of Design, the others are members and viewers."""
    people = tuple(_person(name) for name in NAMES)
    root = _team("Northwind Studio", owner=people[0])
    design, film = _team("Design", parent=root), _team("Film and motion", parent=root)
    brand, _archived = _team("Brand", parent=design), _team("Interns 2025", parent=design, archived_at=timezone.now())
    hostile = _team(HOSTILE_NAME, parent=design)
    _join(design, {people[1]: Role.ADMIN, people[2]: Role.MEMBER, people[3]: Role.VIEWER})
    _join(brand, {people[4]: Role.ADMIN} | dict.fromkeys(people[5:12], Role.MEMBER))
    _join(film, {people[12]: Role.MEMBER, people[13]: Role.VIEWER})
    campaign = Project.objects.create(team=brand, name="Spring campaign")
    audition = Project.objects.create(team=brand, name="Casting", visibility=Visibility.RESTRICTED)
    ProjectMembership.objects.create(project=audition, user=people[5], role=Role.MEMBER)
    generation = _generation(people[5], campaign, title=SECRET_TITLE, input={"prompt": SECRET_PROMPT})
    for number in range(6):
        _generation(people[5 + number], campaign, input={"prompt": f"{SECRET_PROMPT} {number}"})
    _invite(brand, people[4])
    _let_in(generation, film, people)
    _leave_traces(operator, generation, brand)
    return Company(root, design, brand, hostile, campaign, generation, people)


def _person(name: str) -> User:
    address = f"{name.split(maxsplit=1)[0].lower()}@northwind.test"
    return User.objects.create(
        email=address, password=hashed_password(), display_name=name, email_verified_at=timezone.now()
    )


@cache
def hashed_password() -> str:
    """Hashing is slow on purpose."""
    return make_password(PASSWORD)


def _team(name: str, *, parent: Team | None = None, owner: User | None = None, **attributes: Any) -> Team:
    team = Team.objects.create(name=name, slug=f"team-{uuid4().hex[:8]}", parent=parent, **attributes)
    if owner:
        Membership.objects.create(team=team, user=owner, role=Role.OWNER)
    return team


def _join(team: Team, roles: dict[User, Role]) -> None:
    for person, role in roles.items():
        Membership.objects.create(team=team, user=person, role=role)


def _generation(owner: User, project: Project, **attributes: Any) -> Generation:
    now = timezone.now()
    defaults = {
        "model": "fal-ai/flux/schnell",
        "kind": "image",
        "status": Status.COMPLETED,
        "finished_at": now,
        "estimated_cost": 0,
        "deadline_at": now + timedelta(hours=1),
    }
    return Generation.objects.create(owner=owner, project=project, **defaults | attributes)


def _invite(team: Team, sender: User) -> None:
    now = timezone.now()
    states: dict[str, dict[str, Any]] = {
        "olga": {},
        "pavel": {"accepted_at": now},
        "quinn": {"withdrawn_at": now},
        "rosa": {"expires_at": now - timedelta(days=1)},
    }
    for name, attributes in states.items():
        defaults = {"expires_at": now + timedelta(days=5)}
        Invitation.objects.create(
            team=team,
            email=f"{name}@elsewhere.test",
            role=Role.MEMBER,
            token_digest=uuid4().hex * 2,
            invited_by=sender,
            **defaults | attributes,
        )


def _let_in(generation: Generation, film: Team, people: tuple[User, ...]) -> None:
    now = timezone.now()
    owner = generation.owner
    Share.objects.create(
        generation=generation,
        team=film,
        role=Role.VIEWER,
        shared_by=owner,
        starts_at=now - timedelta(days=20),
        expires_at=now + timedelta(days=3),
    )
    for person, starts, ends in ((people[13], -2, 2), (people[12], 1, 30), (people[3], -9, -1), (people[2], -1, 60)):
        Delegation.objects.create(
            generation=generation,
            delegator=owner,
            delegate=person,
            permissions={Access.READ, Access.WRITE},
            starts_at=now + timedelta(days=starts),
            expires_at=now + timedelta(days=ends),
        )
    reading = Permission.objects.get(codename="read_generation")
    auditors = Group.objects.create(name="Auditors")
    people[13].groups.add(auditors)
    GenerationGroupGrant.objects.create(content_object=generation, group=auditors, permission=reading)
    GenerationUserGrant.objects.create(content_object=generation, user=people[3], permission=reading)


def _leave_traces(operator: User, generation: Generation, team: Team) -> None:
    opened_at = timezone.now() - timedelta(days=3)
    BreakGlassGrant.objects.create(
        user=operator,
        resource_type="generation",
        resource_id=generation.id,
        permissions={Access.READ},
        reason="Ticket 4711: the customer says that the picture is not theirs.",
        opened_at=opened_at,
        expires_at=opened_at + BREAK_GLASS_LASTS,
    )
    about = Subject("team", team.id)
    record_event("membership.role_changed", outcome=Outcome.SUCCEEDED, actor=Actor(generation.owner_id), subject=about)
    for reason in ("last_owner", "permission_denied"):
        record_event(
            "team.change_refused",
            outcome=Outcome.DENIED,
            actor=Actor(generation.owner_id),
            subject=about,
            reason=reason,
        )


if __name__ == "__main__":
    found_company(User.objects.get(email="staff@velro.test"))
