"""The place of a team in the tree: moving, archiving, restoring."""

from uuid import uuid4

import pytest

from authorization.roles import Role
from teams.models import Membership, Team, TeamAncestor
from tests.teams.conftest import (
    Person,
    assert_refused,
    chain_below,
    child_of,
    events,
    join,
    root_team,
    somebody,
)

pytestmark = pytest.mark.django_db


def ancestors_of(team: Team) -> list[str]:
    """From the root down."""
    rows = TeamAncestor.objects.filter(descendant=team).order_by("-distance").select_related("ancestor")
    return [row.ancestor.name for row in rows]


class TestMove:
    def test_a_team_goes_with_all_below_it_and_roles_follow(self, owner: Person, member: Person, studio: Team) -> None:
        film, sound = child_of(studio, "Film"), child_of(studio, "Sound")
        cut = child_of(film, "Cut")
        editor = somebody()
        join(sound, editor, Role.ADMIN)

        moved = owner.post(f"/{film.id}/move", parent=str(sound.id))

        assert (moved.status_code, moved.json()["parent"]) == (200, str(sound.id))
        assert ancestors_of(cut) == ["Studio", "Sound", "Film", "Cut"]
        assert editor.get(f"/{cut.id}").json()["role"] == "admin"
        assert member.get(f"/{cut.id}").json()["role"] == "member"
        assert events("team.moved")[0].details == {"from": str(studio.id), "to": str(sound.id)}
        assert moved["ETag"] == owner.get(f"/{film.id}")["ETag"]

    def test_it_takes_an_owner_of_the_team_and_an_admin_of_the_parent(
        self, owner: Person, admin: Person, member: Person, studio: Team
    ) -> None:
        mine = root_team(admin, "Mine")
        film = child_of(studio, "Film")
        join(mine, member, Role.OWNER)

        # Below where the mover is the owner, who would gain it: not without owning what is moved.
        assert_refused(admin.post(f"/{film.id}/move", parent=str(mine.id)), 403, "permission_denied")
        assert_refused(admin.post(f"/{studio.id}/move", parent=str(mine.id)), 403, "permission_denied")
        assert_refused(member.post(f"/{mine.id}/move", parent=str(studio.id)), 403, "permission_denied")
        assert_refused(owner.post(f"/{film.id}/move", parent=str(mine.id)), 404, "not_found")
        assert_refused(owner.post(f"/{film.id}/move", parent=str(uuid4())), 404, "not_found")
        film.refresh_from_db()
        assert film.parent_id == studio.id
        denials = [(it.resource_id, it.action) for it in events("authorization.decision") if it.outcome == "denied"]
        assert (mine.id, "team:create_teams") in denials
        assert admin.post(f"/{mine.id}/move", parent=str(studio.id)).status_code == 200

    def test_a_team_never_stands_below_itself(self, owner: Person, studio: Team) -> None:
        film = child_of(studio, "Film")
        cut = child_of(film, "Cut")

        for parent in (film, cut):
            assert_refused(owner.post(f"/{film.id}/move", parent=str(parent.id)), 409, "team_cycle")
        assert_refused(owner.post(f"/{studio.id}/move", parent=str(cut.id)), 409, "team_cycle")
        assert ancestors_of(cut) == ["Studio", "Film", "Cut"]

    def test_there_are_ten_levels(self, owner: Person, studio: Team) -> None:
        deepest = chain_below(studio, 9)[-1]
        other = root_team(owner, "Other")
        pair = chain_below(other, 1)

        assert_refused(owner.post(name="Too deep", parent=str(deepest.id)), 409, "team_too_deep")
        assert_refused(owner.post(f"/{other.id}/move", parent=str(deepest.id)), 409, "team_too_deep")
        assert ancestors_of(pair[1]) == ["Other", "Level 0"]
        assert deepest.parent is not None
        assert_refused(owner.post(f"/{other.id}/move", parent=str(deepest.parent_id)), 409, "team_too_deep")
        assert owner.post(f"/{other.id}/move", parent=str(deepest.parent.parent_id)).status_code == 200
        assert len(ancestors_of(pair[1])) == 10

    def test_a_new_root_needs_an_owner_of_its_own(self, owner: Person, studio: Team) -> None:
        film, head = child_of(studio, "Film"), somebody()

        assert_refused(owner.post(f"/{film.id}/move", parent=None), 409, "last_owner")
        join(film, head, Role.OWNER)
        moved = owner.post(f"/{film.id}/move", parent=None)

        assert (moved.status_code, moved.json()["parent"], moved.json()["role"]) == (200, None, None)
        assert head.get(f"/{film.id}").json()["role"] == "owner"
        assert_refused(owner.get(f"/{film.id}"), 404, "not_found")

    def test_a_slug_that_is_taken_there_gets_a_number(self, owner: Person, studio: Team) -> None:
        film = owner.post(name="Film", parent=str(studio.id)).json()
        below = owner.post(name="Film", parent=film["id"]).json()

        assert below["slug"] == "film"
        assert owner.post(f"/{below['id']}/move", parent=str(studio.id)).json()["slug"] == "film-2"

    def test_moving_to_where_it_is_changes_nothing(self, owner: Person, studio: Team) -> None:
        film = child_of(studio)
        version = owner.get(f"/{film.id}")["ETag"]

        assert owner.post(f"/{film.id}/move", parent=str(studio.id))["ETag"] == version
        assert events("team.moved") == []

    def test_a_stale_version_is_refused(self, owner: Person, studio: Team) -> None:
        film = child_of(studio)

        for verb, body in (("move", {"parent": None}), ("archive", None), ("restore", None), ("leave", None)):
            answer = owner.client.post(
                f"/api/v1/teams/{studio.id if verb == 'leave' else film.id}/{verb}", body, headers={"If-Match": '"old"'}
            )
            assert_refused(answer, 412, "precondition_failed")


class TestArchive:
    def test_what_is_archived_is_seen_by_owners_only_with_all_below_it(
        self, owner: Person, admin: Person, viewer: Person, studio: Team
    ) -> None:
        film = child_of(studio, "Film")
        head = somebody()
        join(film, head, Role.OWNER)

        archived = owner.post(f"/{studio.id}/archive").json()

        assert (archived["is_closed"], archived["archived_at"] is None) == (True, False)
        for person in (admin, viewer):
            assert_refused(person.get(f"/{studio.id}"), 404, "not_found")
            assert_refused(person.get(f"/{film.id}"), 404, "not_found")
            assert_refused(person.post(f"/{studio.id}/restore"), 404, "not_found")
            assert person.get().json()["results"] == []
        shown = head.get(f"/{film.id}").json()
        assert (shown["is_closed"], shown["archived_at"]) == (True, None)
        assert len(owner.get().json()["results"]) == 2

    def test_restoring_opens_what_no_other_archived_team_closes(
        self, owner: Person, viewer: Person, studio: Team
    ) -> None:
        film = child_of(studio, "Film")
        cut = child_of(film, "Cut")
        for team in (film, studio):
            owner.post(f"/{team.id}/archive")

        assert owner.post(f"/{studio.id}/restore").json()["is_closed"] is False
        assert viewer.get(f"/{studio.id}").status_code == 200
        assert_refused(viewer.get(f"/{cut.id}"), 404, "not_found")
        owner.post(f"/{film.id}/restore")
        assert viewer.get(f"/{cut.id}").json()["role"] == "viewer"

    def test_restoring_a_second_time_changes_nothing(self, owner: Person, studio: Team) -> None:
        owner.post(f"/{studio.id}/archive")
        assert len({owner.post(f"/{studio.id}/restore")["ETag"] for _ in "ab"}) == 1
        assert [len(events(f"team.{name}")) for name in ("archived", "restored")] == [1, 1]

    def test_lower_roles_may_not(self, admin: Person, member: Person, studio: Team) -> None:
        for person in (admin, member):
            assert_refused(person.post(f"/{studio.id}/archive"), 403, "permission_denied")

    def test_nothing_is_done_to_or_in_a_closed_team_before_it_is_restored(
        self, owner: Person, member: Person, studio: Team
    ) -> None:
        film = child_of(studio, "Film")
        other = root_team(owner, "Other")
        owner.post(f"/{studio.id}/archive")
        rows = (*Team.objects.values_list(), *Membership.objects.values_list())

        for path in (f"/{studio.id}", f"/{film.id}"):
            for answer in (
                owner.patch(path, name="New"),
                owner.delete(path),
                owner.patch(f"{path}/members/{member.id}", role="viewer"),
                owner.delete(f"{path}/members/{member.id}"),
                owner.post(f"{path}/invite", email="ada@velro.test", role="viewer"),
                owner.get(f"{path}/invitations"),
                owner.post(f"{path}/projects", name="Pilot"),
                owner.post(f"{path}/transfer", user=str(member.id)),
                owner.post(f"{path}/move", parent=str(other.id)),
                owner.post(f"{path}/archive"),
                owner.post(f"{path}/leave"),
                owner.post(f"/{other.id}/move", parent=path[1:]),
                owner.post(name="Late", parent=path[1:]),
            ):
                assert_refused(answer, 409, "team_archived")
            assert owner.get(f"{path}/permissions").json()["permissions"] == ["read", "restore"]
        assert (*Team.objects.values_list(), *Membership.objects.values_list()) == rows

    def test_a_team_stored_in_or_moved_to_an_archived_one_is_closed(self, owner: Person, studio: Team) -> None:
        film = child_of(studio, "Film")
        owner.post(f"/{studio.id}/archive")
        other = root_team(owner, "Other")
        Team.objects.filter(id=other.id).update(parent=film)

        assert [team.is_closed for team in Team.objects.filter(id__in=[child_of(film, "Late").id, other.id])] == [
            True
        ] * 2
