"""Putting generations away, and taking them back, also from the bin."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from authorization import engine
from authorization.roles import Permission, Role
from generations import actions
from generations.deleted import DELETED_GENERATION_RESOURCE
from generations.models import Generation
from generations.services.purge import KEPT_FOR
from teams.models import Membership, ProjectMembership, Team
from tests.generations.conftest import Person, signed_in
from tests.generations.places import delegated, new_project, new_team, shared
from tests.generations.test_read_and_delete import ids, make
from tests.support.factories import user_factory
from tests.support.trail import trail

pytestmark = pytest.mark.django_db

LIST = "/api/v1/generations"


def archive(person: Person, generation: Generation, **headers: str) -> Any:
    return person.client.post(f"{LIST}/{generation.id}/archive", headers=headers)


def restore(person: Person, generation: Generation, **headers: str) -> Any:
    return person.client.post(f"{LIST}/{generation.id}/restore", headers=headers)


class TestArchive:
    def test_it_can_be_read_and_nothing_else_until_it_is_restored(self, owner: Person) -> None:
        generation = make(owner)

        assert archive(owner, generation).json()["id"] == str(generation.id)
        changed = owner.client.patch(f"{LIST}/{generation.id}", {"title": "x"}, format="json")
        assert (changed.status_code, owner.read(generation.id).status_code) == (403, 200)
        assert ids(owner.client.get(LIST)) == [str(generation.id)]

        assert restore(owner, generation).status_code == 200
        changed = owner.client.patch(f"{LIST}/{generation.id}", {"title": "x"}, format="json")
        assert changed.status_code == 200
        names = ("generation.archived", "generation.restored")
        assert [trail().filter(name=name).count() for name in names] == [1, 1]

    def test_a_second_time_changes_nothing(self, owner: Person) -> None:
        generation = make(owner)

        assert restore(owner, generation)["ETag"] == owner.read(generation.id)["ETag"]
        assert archive(owner, generation)["ETag"] == archive(owner, generation)["ETag"]

    def test_only_the_version_that_was_seen(self, owner: Person) -> None:
        generation = make(owner)
        seen = {"If-Match": owner.read(generation.id)["ETag"]}
        archive(owner, generation)

        assert archive(owner, generation, **seen).status_code == 412
        assert restore(owner, generation, **seen).status_code == 412

    def test_it_takes_the_right_to_delete(self, owner: Person, mallory: Person) -> None:
        admin, member = signed_in(user_factory()), signed_in(user_factory())
        team = new_team(member=member.user, admin=admin.user, viewer=owner.user)
        generation = make(owner, project=new_project(team))

        for act in (archive, restore):
            assert [act(it, generation).status_code for it in (mallory, member, admin)] == [404, 403, 200]


class TestBin:
    def deleted(self, person: Person, **attributes: Any) -> Generation:
        return make(person, deleted_at=timezone.now() - timedelta(days=1), **attributes)

    def test_its_creator_takes_it_back(self, owner: Person) -> None:
        generation = make(owner)
        owner.client.delete(f"{LIST}/{generation.id}")

        response = restore(owner, generation)

        assert (response.status_code, response.json()["status"]) == (200, "cancelled")
        assert response["ETag"] == owner.read(generation.id)["ETag"]
        assert trail().filter(name="generation.undeleted", resource_id=generation.id).count() == 1

    def test_so_does_an_admin_of_its_team_and_nobody_learns_of_it_else(self, owner: Person, mallory: Person) -> None:
        people = {role: signed_in(user_factory()) for role in Role}
        team = new_team()
        for role, person in people.items():
            Membership.objects.create(team=team, user=person.user, role=role)
        project, generation = new_project(team), self.deleted(owner)
        Generation.objects.filter(id=generation.id).update(project=project)
        project_admin, delegate = signed_in(user_factory()), signed_in(user_factory())
        Membership.objects.create(team=team, user=project_admin.user, role=Role.VIEWER)
        ProjectMembership.objects.create(project=project, user=project_admin.user, role=Role.ADMIN)
        delegated(generation, Permission.DELETE, Permission.READ, by=people[Role.OWNER].user, to=delegate.user)
        shared(generation, new_team(owner=mallory.user), role=Role.MEMBER)

        # Who made it left the team, and with it what they had.
        for person in (owner, mallory, delegate, project_admin, people[Role.VIEWER], people[Role.MEMBER]):
            assert restore(person, generation).status_code == 404
        for role in (Role.ADMIN, Role.OWNER):
            assert restore(people[role], generation).status_code == 200
            Generation.objects.filter(id=generation.id).update(deleted_at=timezone.now())

    def test_not_after_thirty_days_nor_in_a_closed_team(self, owner: Person) -> None:
        team = new_team(admin=owner.user)
        late = make(owner, deleted_at=timezone.now() - KEPT_FOR)
        closed = self.deleted(owner, project=new_project(team))
        Team.objects.filter(id=team.id).update(archived_at=timezone.now())

        assert [restore(owner, it).status_code for it in (late, closed)] == [404, 404]

    def test_it_comes_back_as_it_was(self, owner: Person) -> None:
        generation = self.deleted(owner, archived_at=timezone.now())

        assert restore(owner, generation).status_code == 200
        generation.refresh_from_db()
        assert (generation.deleted_at, generation.archived_at is None) == (None, False)

    def test_list_check_and_people_agree(self, owner: Person, mallory: Person) -> None:
        admin = signed_in(user_factory())
        project = new_project(new_team(admin=admin.user, viewer=owner.user, member=mallory.user))
        rows = [self.deleted(owner), self.deleted(owner, project=project), make(owner), make(owner, project=project)]

        for person in (owner, admin, mallory):
            principal, row_ids = person.principal, [row.id for row in rows]
            decisions = engine.decide_many(principal, actions.RESTORE_DELETED, row_ids)
            allowed = {row_id for row_id, decision in decisions.items() if decision.is_allowed}
            found = DELETED_GENERATION_RESOURCE.visible_to(principal.user_id, actions.RESTORE_DELETED)
            assert set(found.values_list("id", flat=True)) == allowed
            for row_id in row_ids:
                people = DELETED_GENERATION_RESOURCE.holders_of(actions.RESTORE_DELETED, row_id)
                assert people.filter(id=person.user.id).exists() is (row_id in allowed)
