"""Generations in projects: making them there, moving them, and what the worker asks once more."""

from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import AccountStatus, User
from authorization.roles import Permission, Role
from generations.models import Generation
from generations.services.submit import submit_to_fal
from generations.states import Status
from teams.models import Membership, Project, ProjectMembership, Team
from tests.generations.conftest import Fal, Person, signed_in, stored
from tests.generations.places import delegated, join, new_project, new_team
from tests.generations.test_create import pointers
from tests.generations.test_read_and_delete import make
from tests.support.factories import user_factory
from tests.support.sandbox import IMAGE
from tests.support.trail import trail
from tests.teams.conftest import all_at_once

pytestmark = pytest.mark.django_db

LIST = "/api/v1/generations"


def create_in(person: Person, project: Any) -> Any:
    body = {"model": IMAGE, "input": {"prompt": "a fox"}, "project": project and str(project)}
    return person.client.post(LIST, body, format="json")


def patch(person: Person, generation: Generation, headers: dict[str, str] | None = None, **body: Any) -> Any:
    return person.client.patch(f"{LIST}/{generation.id}", body, format="json", headers=headers or {})


def move(person: Person, generation: Generation, project: Project | None) -> int:
    return int(patch(person, generation, project=project and str(project.id)).status_code)


def somebody(team: Team | None = None, role: Role = Role.VIEWER) -> Person:
    person = signed_in(user_factory())
    if team:
        join(team, person.user, role)
    return person


class TestCreate:
    def test_a_member_creates_in_a_project_of_their_team(self) -> None:
        team = new_team()
        person, project = somebody(team, Role.MEMBER), new_project(team)

        response = create_in(person, project.id)

        assert response.status_code == 202
        assert response.json()["project"] == str(project.id)
        assert trail().get(name="generation.created").details["project"] == str(project.id)

    def test_without_a_project_or_with_null_it_is_personal(self, owner: Person) -> None:
        assert create_in(owner, None).json()["project"] is None

    @pytest.mark.parametrize(
        ("role", "visibility", "explicit", "status"),
        [
            (Role.VIEWER, "team", None, 403),
            (Role.VIEWER, "team", Role.MEMBER, 202),
            (Role.MEMBER, "restricted", None, 403),
            (Role.MEMBER, "restricted", Role.VIEWER, 403),
            (Role.VIEWER, "restricted", Role.MEMBER, 202),
            (Role.ADMIN, "restricted", None, 202),
            (None, "team", Role.ADMIN, 404),
        ],
    )
    def test_it_takes_a_member_of_the_project(
        self, role: Role | None, visibility: str, explicit: Role | None, status: int
    ) -> None:
        team = new_team()
        project, person = (
            new_project(team, visibility=visibility),
            somebody(team if role else None, role or Role.VIEWER),
        )
        if explicit:
            ProjectMembership.objects.create(project=project, user=person.user, role=explicit)

        assert create_in(person, project.id).status_code == status
        assert Generation.objects.count() == (status == 202)

    def test_a_project_of_others_an_absent_one_and_one_in_a_closed_team_look_alike(self) -> None:
        team = new_team()
        person, project = somebody(team, Role.ADMIN), new_project(team)
        Team.objects.filter(id=team.id).update(archived_at=timezone.now())

        answers = [create_in(person, it) for it in (project.id, new_project(new_team()).id, uuid4())]

        assert [(it.status_code, it.json()["detail"]) for it in answers] == [(404, answers[0].json()["detail"])] * 3

    def test_another_spelling_of_its_id_is_refused(self, owner: Person) -> None:
        assert pointers(create_in(owner, uuid4().hex)) == {"/project": "invalid"}

    @pytest.mark.django_db(transaction=True)
    def test_who_is_thrown_out_meanwhile_creates_before_or_not_at_all(self) -> None:
        for _ in range(5):
            with transaction.atomic():
                team = new_team()
            person, project = somebody(team, Role.MEMBER), new_project(team)

            created, _ = all_at_once(
                partial(create_in, person, project.id), Membership.objects.filter(user=person.user).delete
            )

            assert created.status_code in {202, 404}
            assert Generation.objects.filter(project=project).count() == (created.status_code == 202)


class TestChange:
    def test_title_and_tags_are_changed_each_by_itself(self, owner: Person) -> None:
        generation = make(owner, title="Fox", tags=["red"])

        first, second = patch(owner, generation, title="Hare"), patch(owner, generation, tags=["a", "b", "a"])

        assert (first.json()["title"], first.json()["tags"]) == ("Hare", ["red"])
        assert (second.json()["title"], second.json()["tags"]) == ("Hare", ["a", "b"])
        assert first["ETag"] != second["ETag"] == owner.read(generation.id)["ETag"]
        changed = trail().filter(name="generation.changed").order_by("at")
        assert [event.details["changed"] for event in changed] == [["title"], ["tags"]]

    def test_what_is_the_same_changes_nothing(self, owner: Person) -> None:
        generation = make(owner, title="Fox", tags=["red"])
        before = owner.read(generation.id)["ETag"]

        assert patch(owner, generation)["ETag"] == before
        assert patch(owner, generation, title="Fox", tags=["red"], project=None)["ETag"] == before
        assert not trail().filter(name="generation.changed").exists()

    def test_it_can_be_emptied(self, owner: Person) -> None:
        body = patch(owner, make(owner, title="Fox", tags=["red"]), title="", tags=[]).json()

        assert (body["title"], body["tags"]) == ("", [])

    def test_only_the_version_that_was_seen(self, owner: Person) -> None:
        generation = make(owner)
        seen = {"If-Match": owner.read(generation.id)["ETag"]}

        assert patch(owner, generation, headers=seen, title="First").status_code == 200
        assert patch(owner, generation, headers=seen, title="Lost").status_code == 412

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"status": "completed"}, "/status"),
            ({"title": 5}, "/title"),
            ({"title": None}, "/title"),
            ({"tags": ["x"] * 21}, "/tags"),
            ({"project": "mine"}, "/project"),
        ],
    )
    def test_what_cannot_be_is_refused(self, owner: Person, body: dict[str, Any], pointer: str) -> None:
        response = patch(owner, make(owner), **body)

        assert response.status_code == 400
        assert list(pointers(response)) == [pointer]

    def test_it_takes_the_right_to_write_and_to_read(self, owner: Person, mallory: Person) -> None:
        generation, reader, writer = make(owner), somebody(), somebody()
        delegated(generation, Permission.READ, by=owner.user, to=reader.user)
        delegated(generation, Permission.WRITE, by=owner.user, to=writer.user)

        assert [patch(it, generation, title="x").status_code for it in (mallory, reader, writer)] == [404, 403, 404]
        delegated(generation, Permission.READ, by=owner.user, to=writer.user)
        assert patch(writer, generation, title="x").status_code == 200

    @pytest.mark.parametrize(("state", "status"), [("archived_at", 403), ("quarantined_at", 403), ("deleted_at", 404)])
    def test_not_in_every_state(self, owner: Person, state: str, status: int) -> None:
        assert patch(owner, make(owner, **{state: timezone.now()}), title="x").status_code == status


class TestMove:
    def test_its_creator_moves_it_into_a_project_and_out_again(self, owner: Person) -> None:
        project, generation = new_project(new_team(member=owner.user)), make(owner)

        moved = patch(owner, generation, project=str(project.id), title="Shared")
        back = patch(owner, generation, project=None)

        assert (moved.json()["project"], moved.json()["title"]) == (str(project.id), "Shared")
        assert (back.json()["project"], back.json()["title"]) == (None, "Shared")
        event = trail().filter(name="generation.changed").earliest("at")
        assert event.details == {"changed": ["project_id", "title"], "from": None, "to": str(project.id)}

    def test_it_takes_the_right_to_create_in_the_other_project(self, owner: Person) -> None:
        looked_at, foreign = new_project(new_team(viewer=owner.user)), new_project(new_team())
        generation = make(owner)

        assert [move(owner, generation, it) for it in (looked_at, foreign)] == [403, 404]
        generation.refresh_from_db()
        assert generation.project_id is None

    def test_it_takes_the_rights_to_share_and_to_delete_it_where_it_was(self, owner: Person) -> None:
        team = new_team(member=owner.user)
        old, new = new_project(team), new_project(team)
        member, admin = somebody(team, Role.MEMBER), somebody(team, Role.ADMIN)
        generation = make(owner, project=old)

        assert [move(it, generation, new) for it in (member, admin)] == [403, 200]

    def test_what_was_lent_is_not_carried_away(self, owner: Person) -> None:
        thief, generation = somebody(), make(owner)
        project = new_project(new_team(owner=thief.user))
        lent = (Permission.READ, Permission.WRITE, Permission.DELETE)
        delegated(generation, *lent, by=owner.user, to=thief.user)

        assert move(thief, generation, project) == 403

    def test_nobody_but_its_creator_makes_it_personal(self, owner: Person) -> None:
        team = new_team(member=owner.user)
        generation, admin = make(owner, project=new_project(team)), somebody(team, Role.ADMIN)

        assert [move(admin, generation, None), move(owner, generation, None)] == [403, 200]


class TestWorker:
    @pytest.fixture
    def queued(self, owner: Person) -> Generation:
        return stored(create_in(owner, new_project(new_team(member=owner.user)).id))

    def ended(self, generation: Generation, fal: Fal) -> tuple[str, str | None]:
        assert submit_to_fal(generation.id) is None
        generation.refresh_from_db()
        assert (fal.jobs_of(generation) == []) is (generation.status == Status.FAILED)
        return generation.status, generation.error_code

    def test_who_still_may_gets_it_made(self, queued: Generation, fal: Fal) -> None:
        assert self.ended(queued, fal) == (Status.SUBMITTED, None)

    def test_who_left_the_team_does_not(self, queued: Generation, fal: Fal) -> None:
        Membership.objects.filter(user=queued.owner).delete()

        assert self.ended(queued, fal) == (Status.FAILED, "no_longer_allowed")
        denial = trail().get(name="authorization.decision", outcome="denied")
        assert (denial.actor_id, denial.action) == (queued.owner_id, "project:create_generations")

    def test_who_may_only_look_does_not(self, queued: Generation, fal: Fal) -> None:
        Membership.objects.filter(user=queued.owner).update(role=Role.VIEWER)

        assert self.ended(queued, fal) == (Status.FAILED, "no_longer_allowed")

    def test_in_a_closed_team_nobody_does(self, queued: Generation, fal: Fal) -> None:
        Team.objects.filter(projects=queued.project_id).update(archived_at=timezone.now())

        assert self.ended(queued, fal) == (Status.FAILED, "no_longer_allowed")

    @pytest.mark.parametrize("status", [AccountStatus.SUSPENDED, AccountStatus.DEACTIVATED])
    def test_whose_account_is_closed_does_not_get_personal_ones_either(
        self, owner: Person, fal: Fal, status: str
    ) -> None:
        generation = stored(owner.create())
        User.objects.filter(id=owner.user.id).update(status=status)

        assert self.ended(generation, fal) == (Status.FAILED, "no_longer_allowed")
