"""For each kind of id in a route: ids behind which there is something that the caller must not be able to notice."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import AccountStatus, ApiKey, EndReason, Session, User
from accounts.services.sessions import Device, open_session
from authorization.facts import Principal
from authorization.roles import Permission, Role
from generations.models import Generation
from teams.models import Invitation, Project, Team
from tests.generations.conftest import signed_in, stored
from tests.generations.places import delegated
from tests.support.api_keys import key_of
from tests.support.factories import user_factory
from tests.teams.conftest import Person, child_of, root_team, somebody

Strangers = dict[str, UUID]


def generations_beside(person: User) -> Strangers:
    """Another person's, one of theirs that is deleted, and one that the caller deleted."""
    foreign, deleted_foreign, deleted_own = (
        stored(signed_in(owner).create()).id for owner in (user_factory(), user_factory(), person)
    )
    Generation.objects.filter(id__in=[deleted_foreign, deleted_own]).update(deleted_at=timezone.now())
    return {"foreign": foreign, "foreign, deleted": deleted_foreign, "own, deleted": deleted_own}


def sessions_beside(person: User) -> Strangers:
    """Another person's, and one of the caller's that has ended."""
    foreign, ended = (open_session(user, device=Device("127.0.0.1", "")).id for user in (user_factory(), person))
    Session.objects.filter(id=ended).update(revoked_at=timezone.now(), revoked_reason=EndReason.SIGNED_OUT)
    return {"foreign": foreign, "own, ended": ended}


def api_keys_beside(person: User) -> Strangers:
    """Another person's, and one of the caller's that was revoked."""
    foreign, revoked = key_of(user_factory()).key.id, key_of(person).key.id
    ApiKey.objects.filter(id=revoked).update(revoked_at=timezone.now())
    return {"foreign": foreign, "own, revoked": revoked}


def delegations_beside(_: User) -> Strangers:
    """One between other people."""
    delegator, delegate = signed_in(user_factory()), user_factory()
    generation = stored(delegator.create())
    return {"foreign": delegated(generation, Permission.READ, by=delegator.user, to=delegate).id}


def teams_beside(_person: User) -> Strangers:
    """Another person's, one below it, and one that is archived."""
    team = root_team(somebody())
    archived = root_team(somebody())
    Team.objects.filter(id=archived.id).update(archived_at=timezone.now())
    return {"foreign": team.id, "foreign, below": child_of(team).id, "foreign, archived": archived.id}


def projects_beside(_person: User) -> Strangers:
    """Of another person's team, open and restricted, and of one that is archived."""
    team, archived = root_team(somebody()), root_team(somebody())
    opened, restricted, closed = (
        Project.objects.create(team=place, name="Pilot", visibility=visibility).id
        for place, visibility in ((team, "team"), (team, "restricted"), (archived, "team"))
    )
    Team.objects.filter(id=archived.id).update(archived_at=timezone.now())
    return {"foreign": opened, "foreign, restricted": restricted, "foreign, archived": closed}


def people_beside(_person: User) -> Strangers:
    """Somebody who is in no team of the caller's, in another person's team, and whose account is closed."""
    elsewhere, closed = somebody(), user_factory(status=AccountStatus.DEACTIVATED)
    root_team(elsewhere)
    return {"not a member": user_factory().id, "a member elsewhere": elsewhere.id, "closed": closed.id}


def invitations_beside(person: User) -> Strangers:
    """Of another person's team, and one to the caller's own that was withdrawn."""
    foreign, owner = somebody(), Person(person, Principal(person.id, uuid4()), APIClient())
    rows = [
        Invitation.objects.create(
            team=root_team(sender),
            email="ada@velro.test",
            role=Role.MEMBER,
            token_digest=uuid4().hex,
            invited_by=sender.user,
            expires_at=timezone.now() + timedelta(days=1),
            withdrawn_at=withdrawn_at,
        ).id
        for sender, withdrawn_at in ((foreign, None), (owner, timezone.now()))
    ]
    return dict(zip(("foreign", "own, withdrawn"), rows, strict=True))


def own_surroundings(person: User) -> Strangers:
    """For the other ids of a route: what is the caller's own, so that the one in question alone decides."""
    team = root_team(Person(person, Principal(person.id, uuid4()), APIClient()))
    project = Project.objects.create(team=team, name="Pilot")
    return {"team_id": team.id, "project_id": project.id, "generation_id": stored(signed_in(person).create()).id}


BESIDE: Final[Mapping[str, Callable[[User], Strangers]]] = {
    "generation_id": generations_beside,
    "session_id": sessions_beside,
    "api_key_id": api_keys_beside,
    "team_id": teams_beside,
    "project_id": projects_beside,
    "user_id": people_beside,
    "invitation_id": invitations_beside,
    "delegation_id": delegations_beside,
}


# What the caller deleted is theirs to take back.
NO_STRANGERS: Final = {("/api/v1/generations/<uuid4:generation_id>/restore", "own, deleted")}


def ids_to_compare(parameter: str, person: User, *, template: str) -> Strangers:
    """All that must look alike at this route; `absent` is an id that nobody has."""
    beside = {kind: it for kind, it in BESIDE[parameter](person).items() if (template, kind) not in NO_STRANGERS}
    return {"absent": uuid4(), **beside}
