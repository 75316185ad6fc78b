"""Creating, listing, reading, renaming and deleting teams."""

from typing import Any
from uuid import uuid4

import pytest

from authorization.roles import Role
from teams.models import Membership, Project, Team
from tests.teams.conftest import Person, assert_refused, child_of, events, join, root_team

SOME_ID = "0b9c6f6e-58a3-4b6e-9a64-3f6f2a8d1c7e"

pytestmark = pytest.mark.django_db


class TestCreate:
    def test_whoever_creates_a_root_team_owns_it(self, mallory: Person) -> None:
        created = mallory.post(name="  Studio One ")

        assert created.status_code == 201
        team = created.json()
        assert (team["name"], team["slug"], team["parent"], team["role"]) == ("Studio One", "studio-one", None, "owner")
        assert (team["archived_at"], team["is_closed"]) == (None, False)
        assert created["Location"] == f"/api/v1/teams/{team['id']}"
        shown = mallory.get(f"/{team['id']}")
        assert (shown.json(), shown["ETag"]) == (team, created["ETag"])

    def test_an_admin_creates_child_teams_without_getting_more_than_they_have(
        self, admin: Person, owner: Person, studio: Team
    ) -> None:
        child = admin.post(name="Motion", parent=str(studio.id)).json()

        assert (child["parent"], child["role"]) == (str(studio.id), "admin")
        assert not Membership.objects.filter(team_id=child["id"]).exists()
        assert owner.get(f"/{child['id']}").json()["role"] == "owner"
        assert [(it.actor_id, it.details) for it in events("team.created")] == [
            (admin.id, {"parent": str(studio.id)}),
        ]

    def test_lower_roles_create_none_below_and_strangers_see_no_parent(
        self, member: Person, viewer: Person, mallory: Person, studio: Team
    ) -> None:
        for person in (member, viewer):
            assert_refused(person.post(name="Motion", parent=str(studio.id)), 403, "permission_denied")
        unknown = assert_refused(mallory.post(name="Motion", parent=str(uuid4())), 404, "not_found")
        foreign = assert_refused(mallory.post(name="Motion", parent=str(studio.id)), 404, "not_found")
        assert {**unknown, "request_id": ""} == {**foreign, "request_id": ""}
        assert Team.objects.count() == 1

    def test_the_same_key_creates_once(self, mallory: Person) -> None:
        answers = [
            mallory.client.post("/api/v1/teams", {"name": "Studio"}, headers={"Idempotency-Key": "k"}) for _ in "ab"
        ]

        assert answers[0].json() == answers[1].json()
        assert Team.objects.count() == 1

    @pytest.mark.parametrize(
        "body",
        [
            {"name": "A", "role": "owner"},
            {"name": "A", "owner": SOME_ID},
            {"name": "A", "id": SOME_ID},
            {"name": "A", "is_closed": False},
            {"name": "A", "slug": "a"},
            {"name": 5},
            {"name": None},
            {},
            {"name": "A", "parent": "{0b9c6f6e-58a3-4b6e-9a64-3f6f2a8d1c7e}"},
            {"name": "A", "parent": "0B9C6F6E-58A3-4B6E-9A64-3F6F2A8D1C7E"},
            {"name": "A", "parent": 5},
        ],
        ids=str,
    )
    def test_nothing_else_is_taken(self, mallory: Person, body: dict[str, Any]) -> None:
        assert_refused(mallory.post(**body), 400, "invalid_input")
        assert not Team.objects.exists()


class TestSlugs:
    def test_siblings_of_one_name_are_numbered_and_roots_know_nothing_of_each_other(
        self, owner: Person, mallory: Person
    ) -> None:
        studio = owner.post(name="Studio").json()
        slugs = [owner.post(name=name, parent=studio["id"]).json()["slug"] for name in ("Film", "film!", "FILM")]

        assert slugs == ["film", "film-2", "film-3"]
        assert mallory.post(name="Studio").json()["slug"] == studio["slug"] == "studio"

    @pytest.mark.parametrize(
        ("name", "slug"), [("映画", "team"), ("Café Ölmühle", "cafe-olmuhle"), ("x" * 100, "x" * 90)]
    )
    def test_a_name_in_any_script_has_one(self, owner: Person, name: str, slug: str) -> None:
        assert owner.post(name=name).json()["slug"] == slug


class TestRead:
    def test_a_list_shows_what_the_caller_has_a_role_in_with_that_role(
        self, owner: Person, member: Person, mallory: Person, studio: Team
    ) -> None:
        child = child_of(studio)
        join(child, member, Role.ADMIN)
        root_team(mallory, "Elsewhere")

        found = {team["id"]: team["role"] for team in member.get().json()["results"]}

        assert found == {str(studio.id): "member", str(child.id): "admin"}
        assert [team["name"] for team in mallory.get().json()["results"]] == ["Elsewhere"]

    def test_a_role_in_a_child_does_not_flow_up(self, mallory: Person, studio: Team) -> None:
        join(child_of(studio), mallory, Role.OWNER)

        assert_refused(mallory.get(f"/{studio.id}"), 404, "not_found")
        assert len(mallory.get().json()["results"]) == 1

    def test_a_foreign_team_looks_as_if_absent_at_every_address(
        self, mallory: Person, studio: Team, owner: Person
    ) -> None:
        def answers(team_id: Any) -> list[tuple[int, dict[str, Any]]]:
            base, somebody = f"/{team_id}", f"/{team_id}/members/{owner.id}"
            responses = [
                mallory.get(base), mallory.patch(base, name="Mine"), mallory.delete(base),
                mallory.get(f"{base}/members"), mallory.get(somebody), mallory.patch(somebody, role="viewer"),
                mallory.patch(somebody, headers={}, role="viewer"), mallory.delete(somebody),
                mallory.get(f"{base}/permissions"), mallory.get(f"{base}/invitations"),
                mallory.post(f"{base}/invite", email="a@velro.test", role="viewer"),
                mallory.delete(f"{base}/invitations/{SOME_ID}"), mallory.post(f"{base}/move", parent=None),
                mallory.post(f"{base}/transfer", user=str(mallory.id)), mallory.post(f"{base}/leave"),
                mallory.post(f"{base}/archive"), mallory.post(f"{base}/restore"),
            ]  # fmt: skip
            return [
                (
                    it.status_code,
                    {**it.json(), "request_id": "", "instance": it.json()["instance"].replace(str(team_id), "")},
                )
                for it in responses
            ]

        absent = answers(uuid4())

        assert {status for status, _ in absent} == {404}
        assert answers(studio.id) == absent

    def test_permissions_are_the_table(self, owner: Person, viewer: Person, studio: Team) -> None:
        shown = viewer.get(f"/{studio.id}/permissions").json()

        assert (shown["role"], shown["permissions"]) == ("viewer", ["read"])
        assert shown["matrix"] == {
            "viewer": ["read"],
            "member": ["read", "create_generations"],
            "admin": [*ADMIN_MAY],
            "owner": [*ADMIN_MAY, "rename", "move", "archive", "restore", "delete", "transfer", "set_budgets"],
        }
        assert owner.get(f"/{studio.id}/permissions").json()["permissions"] == shown["matrix"]["owner"]


ADMIN_MAY = (
    "read", "create_generations", "create_teams", "create_projects", "invite", "manage_members", "see_usage",
)  # fmt: skip


class TestRename:
    def test_an_owner_renames_and_the_slug_stays(self, owner: Person, studio: Team) -> None:
        before = owner.get(f"/{studio.id}")

        renamed = owner.patch(f"/{studio.id}", headers={"If-Match": before["ETag"]}, name="Cafe\u0301")

        assert (renamed.json()["name"], renamed.json()["slug"]) == ("Caf\u00e9", "studio")
        assert renamed["ETag"] != before["ETag"]
        assert_refused(
            owner.patch(f"/{studio.id}", headers={"If-Match": before["ETag"]}, name="B"), 412, "precondition_failed"
        )
        assert owner.patch(f"/{studio.id}").json() == renamed.json()

    def test_lower_roles_may_not(self, admin: Person, member: Person, viewer: Person, studio: Team) -> None:
        for person in (admin, member, viewer):
            assert_refused(person.patch(f"/{studio.id}", name="Mine"), 403, "permission_denied")

    @pytest.mark.parametrize(
        "name",
        [
            *("", "   ", "a\u0000b", "a\nb", "a\u200bb", "a\u202eb", "\u2066a", "a\ufeff", "\u3164", "a\u2028b"),
            *("x" * 101, "\u0958" * 51, "a\u00adb", "\ue000"),
        ],
        ids=ascii,
    )
    def test_a_name_can_be_seen_as_it_is(self, owner: Person, studio: Team, name: str) -> None:
        problem = assert_refused(owner.patch(f"/{studio.id}", name=name), 400, "invalid_input")

        assert {fault["pointer"] for fault in problem["errors"]} == {"/name"}

    @pytest.mark.parametrize(
        "name", ["Ünïcode", "映画スタジオ", "Команда", "استوديو", "R&D <b>", "O'Neill; DROP TABLE"]
    )
    def test_a_name_may_be_in_any_script(self, owner: Person, studio: Team, name: str) -> None:
        assert owner.patch(f"/{studio.id}", name=name).json()["name"] == name


class TestDelete:
    def test_an_empty_team_goes_with_its_people_and_projects(self, owner: Person, studio: Team) -> None:
        Project.objects.create(team=studio, name="Launch")
        version = owner.get(f"/{studio.id}")["ETag"]

        assert_refused(owner.delete(f"/{studio.id}", headers={"If-Match": '"other"'}), 412, "precondition_failed")
        assert owner.delete(f"/{studio.id}", headers={"If-Match": version}).status_code == 204

        assert not Team.objects.exists()
        assert not Membership.objects.exists()
        assert_refused(owner.get(f"/{studio.id}"), 404, "not_found")
        assert [it.resource_id for it in events("team.deleted")] == [studio.id]

    def test_a_team_with_child_teams_stays(self, owner: Person, studio: Team) -> None:
        child_of(studio)

        assert "child teams" in assert_refused(owner.delete(f"/{studio.id}"), 409, "team_not_empty")["detail"]

    def test_lower_roles_may_not(self, admin: Person, studio: Team) -> None:
        assert_refused(admin.delete(f"/{studio.id}"), 403, "permission_denied")
