"""Services as operators call them, who need no role but keep every rule."""

from uuid import uuid4

import pytest
from django.utils import timezone

from authorization.errors import PermissionDenied
from authorization.roles import Role
from generations.models import Generation
from teams.errors import AlreadyMember, LastOwner, TeamCycle
from teams.models import Project, Team
from teams.services.acceptance import accept_invitation
from teams.services.changes import Operator
from teams.services.creation import create_child_team, create_root_team, delete_team, rename_team
from teams.services.invitations import invite, withdraw_invitation
from teams.services.membership import add_member, change_role, remove_member, transfer_team
from teams.services.tree import archive_team, move_team, restore_team
from tests.teams.conftest import Person, assert_refused, child_of, events, roles_in, somebody
from velro.audit.services import SYSTEM, Actor
from velro.errors import InvalidInput, NotFound

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(db: None) -> Person:  # noqa: ARG001 - asked for its effect
    return somebody(is_staff=True, is_superuser=True)


@pytest.fixture
def operator(staff: Person) -> Operator:
    return Operator(Actor(staff.id))


class TestOperators:
    def test_they_change_everything_and_are_named(
        self, operator: Operator, owner: Person, member: Person, mallory: Person, studio: Team
    ) -> None:
        film = create_child_team(studio.id, principal=operator, name="Film")
        add_member(studio.id, principal=operator, user_id=mallory.id, role=Role.ADMIN)
        change_role(studio.id, principal=operator, user_id=member.id, role=Role.OWNER)
        remove_member(studio.id, principal=operator, user_id=owner.id)
        rename_team(film.id, principal=operator, name="Films")
        transfer_team(film.id, principal=operator, user_id=mallory.id)
        move_team(film.id, principal=operator, parent_id=None)
        archive_team(film.id, principal=operator)
        restore_team(film.id, principal=operator)
        delete_team(film.id, principal=operator)

        assert roles_in(studio)[mallory.id] is Role.ADMIN
        assert roles_in(studio)[member.id] is Role.OWNER
        names = ("team.created", "membership.added", "membership.role_changed", "membership.removed", "team.renamed",
                 "team.transferred", "team.moved", "team.archived", "team.restored", "team.deleted")  # fmt: skip
        assert [[it.actor_id for it in events(name)] for name in names] == [[operator.user_id]] * len(names)

    def test_the_rules_hold_for_them_too(self, operator: Operator, owner: Person, member: Person, studio: Team) -> None:
        film = child_of(studio)

        with pytest.raises(LastOwner):
            remove_member(studio.id, principal=operator, user_id=owner.id)
        with pytest.raises(LastOwner):
            move_team(film.id, principal=operator, parent_id=None)
        with pytest.raises(TeamCycle):
            move_team(studio.id, principal=operator, parent_id=film.id)
        with pytest.raises(AlreadyMember):
            add_member(studio.id, principal=operator, user_id=member.id, role=Role.VIEWER)
        with pytest.raises(InvalidInput):
            rename_team(studio.id, principal=operator, name="\u202eeno")

    def test_they_give_nothing_to_themselves(self, operator: Operator, staff: Person, studio: Team) -> None:
        with pytest.raises(PermissionDenied):
            add_member(studio.id, principal=operator, user_id=staff.id, role=Role.VIEWER)
        with pytest.raises(PermissionDenied):
            transfer_team(studio.id, principal=operator, user_id=staff.id)

        assert staff.id not in roles_in(studio)

    def test_their_letters_work(self, operator: Operator, mallory: Person, studio: Team) -> None:
        first = invite(studio.id, principal=operator, email="b@velro.test", role=Role.OWNER)
        withdraw_invitation(studio.id, principal=operator, invitation_id=first.invitation.id)
        sent = invite(studio.id, principal=operator, email=mallory.user.email, role=Role.OWNER)

        accept_invitation(sent.token or "", principal=mallory.principal)

        assert roles_in(studio)[mallory.id] is Role.OWNER

    def test_the_system_needs_somebody_to_send_a_letter(self, studio: Team) -> None:
        with pytest.raises(ValueError, match="somebody"):
            invite(studio.id, principal=Operator(SYSTEM), email="b@velro.test", role=Role.VIEWER)

    def test_what_is_absent_is_absent_for_them(self, operator: Operator, studio: Team) -> None:
        nobody = nothing = uuid4()
        with pytest.raises(NotFound):
            rename_team(nothing, principal=operator, name="A")
        with pytest.raises(NotFound):
            move_team(studio.id, principal=operator, parent_id=nothing)
        with pytest.raises(NotFound):
            create_root_team("A", principal=operator, owner_id=nobody)
        with pytest.raises(NotFound):
            add_member(studio.id, principal=operator, user_id=nobody, role=Role.VIEWER)


@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_team_whose_projects_hold_generations_stays(owner: Person, studio: Team, is_deleted: bool) -> None:  # noqa: FBT001 - a row of the table
    project, empty = (Project.objects.create(team=studio, name=name) for name in ("Launch", "Empty"))
    Generation.objects.create(
        owner=owner.user,
        project=project,
        model="fal-ai/flux/schnell",
        kind="image",
        input={},
        estimated_cost=0,
        deadline_at=timezone.now(),
        deleted_at=timezone.now() if is_deleted else None,
    )

    assert "generations" in assert_refused(owner.delete(f"/{studio.id}"), 409, "team_not_empty")["detail"]
    assert Project.objects.filter(id=empty.id).exists()
