"""Ways to more than one's own: roles, letters, moves, keys, and the pages of the admin. Each ends where it began."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError
from django.test import Client

from accounts.models import AccountStatus, User
from accounts.services.account_status import suspend_account
from authorization.roles import Role
from generations.models import Generation, GenerationGroupGrant
from teams.models import Membership, Team
from tests.generations.places import held, new_project
from tests.generations.test_read_and_delete import make
from tests.security.rows import refusals, rows
from tests.support.factories import user_factory
from tests.teams.conftest import Person, assert_refused, child_of, events, join, roles_in, root_team, somebody
from velro.audit.services import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db: None) -> Person:  # noqa: ARG001 - asked for its effect
    return somebody()


@pytest.fixture
def mallory(db: None) -> Person:  # noqa: ARG001 - as above
    return somebody()


@pytest.fixture
def studio(owner: Person) -> Team:
    return root_team(owner)


def generation_in(team: Team) -> Generation:
    """Somebody else's, in a project of the team."""
    creator = somebody()
    join(team, creator, Role.MEMBER)
    return make(creator, project=new_project(team))  # type: ignore[arg-type]  # it asks for the user alone


def invite(person: Person, team: Team, other: Person, role: str) -> Any:
    return person.post(f"/{team.id}/invite", email=other.user.email, role=role)


class TestRoles:
    def test_an_admin_and_a_second_account_of_theirs_never_get_above_member(
        self, mallory: Person, studio: Team
    ) -> None:
        join(studio, mallory, Role.ADMIN)
        second = somebody()
        for role in ("admin", "owner"):
            assert_refused(invite(mallory, studio, second, role), 403, "permission_denied")
        second.accept(invite(mallory, studio, second, "member").json()["token"])
        for person, target in ((mallory, second), (second, mallory), (mallory, mallory), (second, second)):
            for role in ("admin", "owner"):
                answer = person.patch(f"/{studio.id}/members/{target.id}", role=role)
                assert_refused(answer, 403, "permission_denied")
        assert_refused(mallory.post(f"/{studio.id}/transfer", user=str(second.id)), 403, "permission_denied")

        assert (roles_in(studio)[mallory.id], roles_in(studio)[second.id]) == (Role.ADMIN, Role.MEMBER)
        assert {actor for _, actor in refusals("team.change_refused")} == {mallory.id}
        assert {actor for _, actor in refusals("authorization.decision", action="team:manage_members")} == {second.id}
        assert refusals("authorization.decision", action="team:transfer") == [("permission_not_held", mallory.id)]

    def test_an_admin_touches_no_owner(self, owner: Person, mallory: Person, studio: Team) -> None:
        join(studio, mallory, Role.ADMIN)
        for role in Role:
            assert_refused(mallory.patch(f"/{studio.id}/members/{owner.id}", role=role), 403, "permission_denied")
        assert_refused(mallory.delete(f"/{studio.id}/members/{owner.id}"), 403, "permission_denied")

        assert roles_in(studio)[owner.id] is Role.OWNER
        assert refusals("team.change_refused") == [("permission_denied", mallory.id)] * 5

    def test_an_admin_owns_no_team_that_they_make_below(self, mallory: Person, studio: Team) -> None:
        join(studio, mallory, Role.ADMIN)
        child, second = mallory.post(name="Mine", parent=str(studio.id)).json(), somebody()
        team = Team.objects.get(id=child["id"])

        assert_refused(mallory.patch(f"/{team.id}/members/{mallory.id}", role="owner"), 409, "membership_inherited")
        assert_refused(invite(mallory, team, second, "owner"), 403, "permission_denied")
        assert_refused(invite(mallory, team, second, "admin"), 403, "permission_denied")
        assert_refused(mallory.post(f"/{team.id}/transfer", user=str(mallory.id)), 403, "permission_denied")
        assert_refused(mallory.post(f"/{team.id}/move", parent=None), 403, "permission_denied")
        assert roles_in(team) == {}

    def test_an_owner_of_a_child_team_has_nothing_above_it_or_beside_it(self, mallory: Person, studio: Team) -> None:
        child, sibling = child_of(studio), child_of(studio)
        join(child, mallory, Role.OWNER)
        above, beside = generation_in(studio), generation_in(sibling)
        for team in (studio, sibling):
            assert_refused(invite(mallory, team, somebody(), "viewer"), 404, "not_found")
            assert_refused(mallory.post(f"/{team.id}/archive"), 404, "not_found")
            assert_refused(mallory.post(f"/{child.id}/move", parent=str(sibling.id)), 404, "not_found")

        assert (held(mallory.user, above), held(mallory.user, beside)) == (set(), set())

    def test_a_letter_opens_nothing_for_who_only_holds_its_token(
        self, owner: Person, mallory: Person, studio: Team
    ) -> None:
        token = invite(owner, studio, somebody(), "owner").json()["token"]

        assert_refused(mallory.accept(token), 400, "invalid_input")
        assert mallory.id not in roles_in(studio)
        assert refusals("invitation.refused") == [("another_address", mallory.id)]


class TestMoves:
    def test_moving_a_team_below_ones_own_takes_owning_it(self, mallory: Person, studio: Team) -> None:
        """Whoever owns the new parent would own all that is moved below it."""
        film = child_of(studio)
        prey, mine = generation_in(film), root_team(mallory, "Mine")
        for role in (None, Role.VIEWER, Role.MEMBER, Role.ADMIN):
            if role:
                Membership.objects.update_or_create(team=film, user=mallory.user, defaults={"role": role})
            before, may = rows(), held(mallory.user, prey)
            answer = mallory.post(f"/{film.id}/move", parent=str(mine.id))
            assert answer.status_code == (403 if role else 404)
            assert (rows(), held(mallory.user, prey)) == (before, may)
        assert refusals("authorization.decision", action="team:move") == [
            ("no_rule_applies", mallory.id), *[("permission_not_held", mallory.id)] * 3,
        ]  # fmt: skip

    def test_a_team_of_ones_own_moved_below_a_victim_opens_no_door_upwards(
        self, owner: Person, mallory: Person, studio: Team
    ) -> None:
        mine, prey = root_team(mallory, "Mine"), generation_in(studio)

        assert_refused(mallory.post(f"/{mine.id}/move", parent=str(studio.id)), 404, "not_found")
        # Even where the victim does it, a role flows down alone: the owner above reaches in, nobody reaches out.
        Team.objects.filter(id=mine.id).update(parent=studio)
        inside = generation_in(mine)
        assert (held(mallory.user, prey), len(held(owner.user, inside))) == (set(), 4)

    def test_what_is_in_the_way_of_a_move_stays_hidden(self, mallory: Person, studio: Team) -> None:
        """A foreign parent, one that is absent, and one that would make a cycle of foreign teams look alike."""
        mine = root_team(mallory, "Mine")
        parents = [studio.id, child_of(studio).id, uuid4()]
        answers = [mallory.post(f"/{mine.id}/move", parent=str(parent)).json() for parent in parents]

        assert {(it["status"], it["code"], it["detail"]) for it in answers} == {
            (404, "not_found", answers[2]["detail"])
        }


@pytest.mark.django_db(transaction=True)
def test_the_last_owner_of_a_root_does_not_close_their_account(owner: Person, studio: Team) -> None:
    """The rule is looked at when the transaction ends, so it has to end."""
    with pytest.raises(IntegrityError, match="a root team needs an active owner"):
        User.objects.filter(id=owner.id).update(status=AccountStatus.DEACTIVATED)

    assert User.objects.get(id=owner.id).status == AccountStatus.ACTIVE
    assert roles_in(studio) == {owner.id: Role.OWNER}


@pytest.mark.django_db(transaction=True)
def test_suspending_the_last_owner_hands_the_team_to_nobody(owner: Person, mallory: Person, studio: Team) -> None:
    """An operator must be able to stop anybody; the team waits for its owner."""
    join(studio, mallory, Role.ADMIN)
    assert suspend_account(owner.id, actor=Actor())

    assert_refused(mallory.patch(f"/{studio.id}/members/{owner.id}", role="viewer"), 403, "permission_denied")
    assert_refused(mallory.post(f"/{studio.id}/transfer", user=str(mallory.id)), 403, "permission_denied")
    assert roles_in(studio) == {owner.id: Role.OWNER, mallory.id: Role.ADMIN}
    assert [event.details for event in events("account.status_changed")] == [{"from": "active", "to": "suspended"}]


class TestAdminPages:
    """A superuser may look after everything and holds no content: no page hands them any."""

    @pytest.fixture
    def operator(self) -> User:
        return user_factory(is_staff=True, is_superuser=True)

    @pytest.fixture
    def pages(self, operator: User) -> Client:
        client = Client()
        client.force_login(operator)
        return client

    @pytest.mark.parametrize("verb", ["add/", "change/", "delete/"])
    def test_nobody_is_put_into_a_group_or_given_a_right(self, pages: Client, operator: User, verb: str) -> None:
        group, generation = Group.objects.create(name="Auditors"), generation_in(root_team(somebody()))
        reading = Permission.objects.get(codename="read_generation")
        GenerationGroupGrant.objects.create(content_object=generation, group=group, permission=reading)
        before = rows()
        wanted = {"name": "Mine", "user_set": [str(operator.id)], "permissions": [reading.pk], "groups": [group.pk]}
        for model, row in (("auth/group", group.pk), ("accounts/user", operator.id)):
            path = f"/admin/{model}/{verb if verb == 'add/' else f'{row}/{verb}'}"
            answer = pages.post(path, {**wanted, "is_superuser": "on", "is_staff": "on", "post": "yes"})
            assert answer.status_code == 403

        assert rows() == before
        assert held(operator, generation) == set()

    @pytest.mark.parametrize(
        "model",
        ["generations/generation", "generations/share", "generations/delegation", "authorization/breakglassgrant"],
    )
    def test_no_row_that_gives_access_is_typed_in_by_hand(self, pages: Client, operator: User, model: str) -> None:
        generation = generation_in(root_team(somebody()))
        before = rows()
        answer = pages.post(
            f"/admin/{model}/add/",
            {
                "generation": str(generation.id),
                "owner": str(operator.id),
                "user": str(operator.id),
                "delegate": str(operator.id),
                "resource_type": "generation",
                "resource_id": str(generation.id),
                "permissions": "1",
                "role": "2",
                "reason": "because",
            },
        )

        assert answer.status_code == 403
        assert rows() == before

    def test_an_operator_gives_nothing_to_themselves_in_a_team(self, pages: Client, operator: User) -> None:
        team = root_team(somebody())
        join(team, Person(operator, None, None), Role.VIEWER)  # type: ignore[arg-type]  # a user is all it asks for
        path = f"/admin/teams/team/{team.id}/members/{operator.id}/role/"
        answer = pages.post(path, {"_form_submitted": "True", "role": "owner"})

        assert answer.status_code == 200
        assert roles_in(team)[operator.id] is Role.VIEWER
        assert refusals("team.change_refused") == [("permission_denied", operator.id)]

    def test_staff_who_are_no_superusers_change_nothing(self) -> None:
        client, team, target = Client(), root_team(somebody()), somebody()
        staff = user_factory(is_staff=True)
        client.force_login(staff)
        join(team, target, Role.MEMBER)
        before = rows()
        for path, body in (
            (f"/admin/teams/team/{team.id}/members/{target.id}/role/", {"_form_submitted": "True", "role": "owner"}),
            (f"/admin/teams/team/{team.id}/members/{target.id}/remove/", {"_form_submitted": "True"}),
            ("/admin/accounts/user/", {"action": "suspend", "_selected_action": [str(target.id)]}),
        ):
            assert client.post(path, body).status_code in {302, 403, 404}

        assert rows() == before


def test_django_permissions_of_models_open_nothing_in_the_api(mallory: Person) -> None:
    """What the admin asks of Django is not what the engine asks of anybody."""
    prey = generation_in(root_team(somebody()))
    mallory.user.user_permissions.set(Permission.objects.all())
    team_id: UUID = prey.project.team_id if prey.project else uuid4()

    assert held(mallory.user, prey) == set()
    assert_refused(mallory.get(f"/{team_id}"), 404, "not_found")
    assert events("authorization.decision")[0].reason == "no_rule_applies"
