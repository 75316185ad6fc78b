"""Projects over HTTP: who sees them, who changes them, and who has a role of their own in them."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import AccountStatus
from authorization.roles import Role
from generations.models import Generation
from teams.models import Membership, Project, ProjectMembership, Team
from tests.support.trail import trail
from tests.teams.conftest import (
    ANY_VERSION,
    Person,
    all_at_once,
    assert_refused,
    child_of,
    events,
    join,
    root_team,
    somebody,
)

pytestmark = pytest.mark.django_db

PROJECTS = "/api/v1/projects"
NOBODY = UUID("0b9c6f6e-58a3-4b6e-9a64-3f6f2a8d1c7e")


def project_of(team: Team, visibility: str = "team") -> Project:
    return Project.objects.create(team=team, name="Pilot", visibility=visibility)


def give(project: Project, person: Person, role: Role) -> ProjectMembership:
    return ProjectMembership.objects.create(project=project, user=person.user, role=role)


def read(person: Person, project: Project) -> Any:
    return person.client.get(f"{PROJECTS}/{project.id}")


def change(person: Person, project: Project, headers: dict[str, str] = ANY_VERSION, **body: Any) -> Any:
    return person.client.patch(f"{PROJECTS}/{project.id}", body, format="json", headers=headers)


def delete(person: Person, project: Project, headers: dict[str, str] = ANY_VERSION) -> Any:
    return person.client.delete(f"{PROJECTS}/{project.id}", headers=headers)


def put(person: Person, project: Project, to: Person, role: str, headers: dict[str, str] = ANY_VERSION) -> Any:
    """`If-Match: *` is of a row that is there, so a new one is put without."""
    path = f"{PROJECTS}/{project.id}/members/{to.id}"
    is_there = ProjectMembership.objects.filter(project=project, user=to.user).exists()
    return person.client.put(path, {"role": role}, format="json", headers=headers if is_there else {})


def take(person: Person, project: Project, of: Person, headers: dict[str, str] = ANY_VERSION) -> Any:
    return person.client.delete(f"{PROJECTS}/{project.id}/members/{of.id}", headers=headers)


def fill(project: Project, person: Person, **attributes: Any) -> Generation:
    return Generation.objects.create(
        owner=person.user,
        project=project,
        model="m",
        kind="image",
        input={},
        estimated_cost=0,
        deadline_at=timezone.now(),
        **attributes,
    )


class TestCreate:
    def test_an_admin_of_the_team_does(self, admin: Person, studio: Team) -> None:
        response = admin.post(f"/{studio.id}/projects", name="  Cafe\u0301 ", visibility="restricted")

        body = response.json()
        assert response.status_code == 201
        assert response["Location"] == f"{PROJECTS}/{body['id']}"
        assert response["ETag"]
        assert body == {
            "id": body["id"],
            "name": "Caf\u00e9",
            "team": str(studio.id),
            "visibility": "restricted",
            "role": "admin",
            "created_at": body["created_at"],
        }
        (event,) = events("project.created")
        assert (str(event.resource_id), event.actor_id, event.resource_type) == (body["id"], admin.id, "project")

    def test_it_is_open_to_the_team_unless_told_otherwise(self, owner: Person, studio: Team) -> None:
        assert owner.post(f"/{studio.id}/projects", name="Pilot").json()["visibility"] == "team"

    def test_who_is_less_than_an_admin_may_not(self, member: Person, viewer: Person, studio: Team) -> None:
        for person in (member, viewer):
            assert_refused(person.post(f"/{studio.id}/projects", name="Pilot"), 403, "permission_denied")
        assert not Project.objects.exists()

    def test_for_a_stranger_the_team_is_not_there(self, mallory: Person, studio: Team) -> None:
        assert_refused(mallory.post(f"/{studio.id}/projects", name="Pilot"), 404, "not_found")

    def test_a_closed_team_takes_none(self, owner: Person, admin: Person, studio: Team) -> None:
        owner.post(f"/{studio.id}/archive")

        assert_refused(owner.post(f"/{studio.id}/projects", name="Pilot"), 409, "team_archived")
        assert_refused(admin.post(f"/{studio.id}/projects", name="Pilot"), 404, "not_found")

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"name": " "}, "/name"),
            ({"name": "x\u200by"}, "/name"),
            ({"name": "\u202ename"}, "/name"),
            ({"name": "x" * 101}, "/name"),
            ({"name": 5}, "/name"),
            ({}, "/name"),
            ({"name": "x", "visibility": "public"}, "/visibility"),
            ({"name": "x", "team": str(NOBODY)}, "/team"),
        ],
    )
    def test_what_cannot_be_is_refused_with_its_place(
        self, owner: Person, studio: Team, body: dict[str, Any], pointer: str
    ) -> None:
        problem = assert_refused(owner.post(f"/{studio.id}/projects", **body), 400, "invalid_input")

        assert [fault["pointer"] for fault in problem["errors"]] == [pointer]

    def test_a_repeated_request_with_one_key_creates_one(self, owner: Person, studio: Team) -> None:
        path, headers = f"/api/v1/teams/{studio.id}/projects", {"Idempotency-Key": "k"}
        first, second = (owner.client.post(path, {"name": "Pilot"}, format="json", headers=headers) for _ in range(2))

        assert first.content == second.content
        assert Project.objects.count() == 1


class TestRead:
    def test_everybody_in_the_team_sees_each_project_with_their_role_in_it(
        self, owner: Person, admin: Person, member: Person, viewer: Person, studio: Team
    ) -> None:
        opened, restricted = project_of(studio), project_of(studio, "restricted")
        give(opened, viewer, Role.ADMIN)
        give(restricted, member, Role.VIEWER)
        expected = {
            owner: ("owner", "owner"),
            admin: ("admin", "admin"),
            member: ("member", "viewer"),
            viewer: ("admin", None),
        }

        for person, roles in expected.items():
            listed = {it["id"]: it["role"] for it in person.get(f"/{studio.id}/projects").json()["results"]}
            assert listed == dict(zip((str(opened.id), str(restricted.id)), roles, strict=True))
            assert tuple(read(person, it).json()["role"] for it in (opened, restricted)) == roles

    def test_a_role_from_above_counts(self, member: Person, studio: Team) -> None:
        assert read(member, project_of(child_of(studio))).json()["role"] == "member"

    def test_nobody_else_sees_it(self, mallory: Person, studio: Team) -> None:
        project = project_of(child_of(studio))
        join(child_of(studio, "Sister"), mallory, Role.OWNER)
        give(project, mallory, Role.ADMIN)

        assert_refused(read(mallory, project), 404, "not_found")
        assert_refused(mallory.get(f"/{studio.id}/projects"), 404, "not_found")

    def test_in_a_closed_team_nobody_does(self, owner: Person, studio: Team) -> None:
        project = project_of(studio)
        owner.post(f"/{studio.id}/archive")

        assert_refused(read(owner, project), 404, "not_found")
        assert owner.get(f"/{studio.id}/projects").json()["results"] == []


class TestChange:
    def test_an_admin_of_the_project_renames_and_restricts(self, viewer: Person, studio: Team) -> None:
        project = project_of(studio)
        give(project, viewer, Role.ADMIN)

        response = change(viewer, project, name="Film", visibility="restricted")

        assert response.status_code == 200
        assert (response.json()["name"], response.json()["visibility"], response.json()["role"]) == (
            "Film",
            "restricted",
            "admin",
        )
        assert len(events("project.changed")) == 1

    def test_nothing_changes_without_a_change(self, owner: Person, studio: Team) -> None:
        project = project_of(studio)
        before = read(owner, project)["ETag"]

        assert change(owner, project)["ETag"] == change(owner, project, name="Pilot")["ETag"] == before
        assert not events("project.changed")

    def test_others_may_not(self, member: Person, viewer: Person, mallory: Person, studio: Team) -> None:
        project = project_of(studio, "restricted")
        give(project, member, Role.MEMBER)

        assert_refused(change(member, project, name="Mine"), 403, "permission_denied")
        assert_refused(change(viewer, project, name="Mine"), 403, "permission_denied")
        assert_refused(change(mallory, project, name="Mine"), 404, "not_found")
        assert Project.objects.get().name == "Pilot"
        assert trail().filter(name="authorization.decision", outcome="denied").count() == 3

    def test_only_the_version_that_was_seen(self, owner: Person, studio: Team) -> None:
        project = project_of(studio)
        seen = {"If-Match": read(owner, project)["ETag"]}
        change(owner, project, name="Film")

        assert_refused(change(owner, project, headers=seen, name="Lost"), 412, "precondition_failed")
        assert_refused(delete(owner, project, headers=seen), 412, "precondition_failed")


class TestDelete:
    def test_an_admin_of_the_team_does_with_all_roles_in_it(
        self, admin: Person, viewer: Person, member: Person, studio: Team
    ) -> None:
        project = project_of(studio)
        give(project, viewer, Role.ADMIN)
        give(project, member, Role.ADMIN)

        assert delete(admin, project).status_code == 204
        assert_refused(read(admin, project), 404, "not_found")
        (event,) = events("project.deleted")
        assert (event.resource_id, event.details["team"]) == (project.id, str(studio.id))

    def test_an_admin_of_the_project_alone_may_not(self, viewer: Person, mallory: Person, studio: Team) -> None:
        project = project_of(studio)
        give(project, viewer, Role.ADMIN)

        assert_refused(delete(viewer, project), 403, "permission_denied")
        assert_refused(delete(mallory, project), 404, "not_found")

    @pytest.mark.parametrize("attributes", [{}, {"deleted_at": timezone.now()}])
    def test_not_while_generations_are_in_it(self, owner: Person, studio: Team, attributes: dict[str, Any]) -> None:
        project = project_of(studio)
        fill(project, owner, **attributes)

        assert_refused(delete(owner, project), 409, "project_not_empty")
        assert read(owner, project).status_code == 200


class TestMembers:
    def test_a_role_is_given_shown_changed_and_taken(self, owner: Person, viewer: Person, studio: Team) -> None:
        project = project_of(studio, "restricted")

        given = put(owner, project, viewer, "member")
        changed = put(owner, project, viewer, "admin", headers={"If-Match": given["ETag"]})

        (shown,) = viewer.client.get(f"{PROJECTS}/{project.id}/members").json()["results"]
        assert given.status_code == changed.status_code == 200
        assert (
            shown
            == changed.json()
            == {
                "user": {"id": str(viewer.id), "email": viewer.user.email, "display_name": "Test Person"},
                "role": "admin",
                "is_effective": True,
                "joined_at": given.json()["joined_at"],
                "etag": changed["ETag"],
            }
        )
        assert take(owner, project, viewer, headers={"If-Match": changed["ETag"]}).status_code == 204
        assert_refused(take(owner, project, viewer), 404, "not_found")
        names = ("project_membership.added", "project_membership.role_changed", "project_membership.removed")
        assert [len(events(name)) for name in names] == [1, 1, 1]

    def test_a_change_names_the_version_it_is_of(self, owner: Person, viewer: Person, studio: Team) -> None:
        project = project_of(studio)
        path = f"{PROJECTS}/{project.id}/members/{viewer.id}"
        new = owner.client.put(path, {"role": "member"}, format="json", headers={"If-Match": '"x"'})
        assert_refused(new, 412, "precondition_failed")
        seen = put(owner, project, viewer, "member")["ETag"]

        missing = owner.client.put(path, {"role": "admin"}, format="json")
        assert_refused(missing, 428, "precondition_required")
        assert missing["ETag"] == seen
        put(owner, project, viewer, "admin")
        assert_refused(put(owner, project, viewer, "viewer", headers={"If-Match": seen}), 412, "precondition_failed")
        assert_refused(take(owner, project, viewer, headers={"If-Match": seen}), 412, "precondition_failed")

    def test_nobody_reaches_a_role_that_is_not_below_their_own(
        self, owner: Person, admin: Person, member: Person, viewer: Person, studio: Team
    ) -> None:
        project, other = project_of(studio), somebody()
        join(studio, other, Role.VIEWER)
        give(project, viewer, Role.ADMIN)

        for person in (admin, viewer):
            assert_refused(put(person, project, other, "admin"), 403, "permission_denied")
        assert put(viewer, project, other, "member").status_code == 200
        assert put(owner, project, other, "admin").status_code == 200
        for person in (admin, viewer):
            assert_refused(put(person, project, other, "viewer"), 403, "permission_denied")
            assert_refused(take(person, project, other), 403, "permission_denied")
        assert_refused(put(member, project, other, "viewer"), 403, "permission_denied")
        assert take(owner, project, other).status_code == 204

    def test_everybody_may_give_up_their_own(self, viewer: Person, studio: Team) -> None:
        project = project_of(studio, "restricted")
        give(project, viewer, Role.ADMIN)

        assert take(viewer, project, viewer).status_code == 204
        assert read(viewer, project).json()["role"] is None

    def test_who_is_not_in_the_team_gets_none(self, owner: Person, mallory: Person, studio: Team) -> None:
        project, closed = project_of(studio), somebody(status=AccountStatus.DEACTIVATED)
        join(studio, closed, Role.VIEWER)
        absent = owner.client.put(f"{PROJECTS}/{project.id}/members/{NOBODY}", {"role": "viewer"}, format="json")

        for answer in (put(owner, project, mallory, "viewer"), put(owner, project, closed, "viewer"), absent):
            assert_refused(answer, 409, "not_in_team")
        assert not ProjectMembership.objects.exists()

    @pytest.mark.parametrize("role", ["owner", "king", None, 3])
    def test_there_are_three_roles(self, owner: Person, viewer: Person, studio: Team, role: Any) -> None:
        problem = assert_refused(put(owner, project_of(studio), viewer, role), 400, "invalid_input")

        assert [fault["pointer"] for fault in problem["errors"]] == ["/role"]

    def test_they_are_shown_to_who_has_a_role_in_the_project(
        self, member: Person, viewer: Person, mallory: Person, studio: Team
    ) -> None:
        project = project_of(studio, "restricted")
        give(project, member, Role.VIEWER)

        assert member.client.get(f"{PROJECTS}/{project.id}/members").status_code == 200
        assert_refused(viewer.client.get(f"{PROJECTS}/{project.id}/members"), 403, "permission_denied")
        assert_refused(mallory.client.get(f"{PROJECTS}/{project.id}/members"), 404, "not_found")

    def test_who_has_left_the_team_is_marked(self, owner: Person, viewer: Person, studio: Team) -> None:
        project = project_of(studio)
        give(project, viewer, Role.ADMIN)
        Membership.objects.filter(user=viewer.user).delete()

        (shown,) = owner.client.get(f"{PROJECTS}/{project.id}/members").json()["results"]
        assert shown["is_effective"] is False
        assert_refused(read(viewer, project), 404, "not_found")
        assert take(owner, project, viewer).status_code == 204


@pytest.mark.django_db(transaction=True)
def test_who_loses_their_role_meanwhile_gives_none_away(owner: Person) -> None:
    """Whichever comes first, nobody holds a role that its giver had lost before."""
    for _ in range(5):
        team, giver, taker = root_team(owner), somebody(), somebody()
        project = project_of(team)
        join(team, giver, Role.ADMIN)
        join(team, taker, Role.VIEWER)

        given, _ = all_at_once(
            partial(put, giver, project, taker, "member"),
            partial(owner.delete, f"/{team.id}/members/{giver.id}"),
        )

        assert given.status_code in {200, 404}
        assert ProjectMembership.objects.filter(project=project).exists() is (given.status_code == 200)
    connection.close()


def test_an_absent_project_is_not_found(owner: Person) -> None:
    path = f"{PROJECTS}/{uuid4()}"
    for answer in (owner.client.get(path), owner.client.delete(path), owner.client.patch(path, {}, format="json")):
        assert_refused(answer, 404, "not_found")
