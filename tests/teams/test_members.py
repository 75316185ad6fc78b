"""Who is in a team with which role, and who may change that."""

from typing import Any
from uuid import uuid4

import pytest

from accounts.models import AccountStatus
from authorization.roles import Role
from teams.models import Team
from tests.teams.conftest import ANY_VERSION, Person, assert_refused, child_of, events, join, roles_in, somebody

pytestmark = pytest.mark.django_db


def path(team: Team, person: Person) -> str:
    return f"/{team.id}/members/{person.id}"


class TestRead:
    def test_everybody_in_the_team_sees_everybody_in_it(self, viewer: Person, owner: Person, studio: Team) -> None:
        shown = {it["user"]["id"]: it for it in viewer.get(f"/{studio.id}/members").json()["results"]}

        assert len(shown) == 4
        assert shown[str(owner.id)] == {
            "user": {"id": str(owner.id), "email": owner.user.email, "display_name": "Test Person"},
            "role": "owner",
            "inherited_from": None,
            "own_role": "owner",
            "joined_at": shown[str(owner.id)]["joined_at"],
            "etag": viewer.get(path(studio, owner))["ETag"],
        }

    def test_of_several_roles_the_highest_shows_and_where_it_is_held(
        self, owner: Person, admin: Person, viewer: Person, studio: Team
    ) -> None:
        child = child_of(studio)
        join(child, admin, Role.VIEWER)
        join(child, viewer, Role.ADMIN)
        join(child, owner, Role.OWNER)
        newcomer = somebody()
        join(child, newcomer, Role.MEMBER)

        def shown(person: Person) -> tuple[str, str | None, str | None]:
            row = newcomer.get(path(child, person)).json()
            return row["role"], row["inherited_from"], row["own_role"]

        assert shown(admin) == ("admin", str(studio.id), "viewer")
        assert shown(viewer) == ("admin", None, "admin")
        assert shown(owner) == ("owner", None, "owner")
        assert shown(newcomer) == ("member", None, "member")
        assert len(newcomer.get(f"/{child.id}/members").json()["results"]) == 5
        assert len(owner.get(f"/{studio.id}/members").json()["results"]) == 4

    def test_who_is_no_member_is_not_found(self, owner: Person, mallory: Person, studio: Team) -> None:
        assert_refused(owner.get(path(studio, mallory)), 404, "not_found")
        assert_refused(owner.patch(path(studio, mallory), role="viewer"), 404, "not_found")
        assert_refused(owner.delete(path(studio, mallory)), 404, "not_found")

    def test_pages_hold_everybody_once(self, owner: Person, studio: Team) -> None:
        child, seen, url = child_of(studio), [], "?limit=3"
        for _ in range(6):
            join(child, somebody(), Role.VIEWER)
        while url:
            page = owner.client.get(f"/api/v1/teams/{child.id}/members{url}").json()
            seen += [it["user"]["id"] for it in page["results"]]
            url = page["next"] and "?" + page["next"].partition("?")[2]

        assert len(seen) == len(set(seen)) == 10


class TestVersions:
    def test_a_role_is_only_changed_by_who_says_which_version_they_saw(
        self, owner: Person, member: Person, studio: Team
    ) -> None:
        seen = owner.get(path(studio, member))["ETag"]

        missing = owner.patch(path(studio, member), headers={}, role="viewer")
        assert_refused(missing, 428, "precondition_required")
        assert missing["ETag"] == seen
        assert_refused(
            owner.patch(path(studio, member), {"If-Match": '"x"'}, role="viewer"), 412, "precondition_failed"
        )
        assert roles_in(studio)[member.id] is Role.MEMBER

        changed = owner.patch(path(studio, member), {"If-Match": seen}, role="viewer")

        assert (changed.status_code, changed.json()["role"]) == (200, "viewer")
        assert changed["ETag"] == changed.json()["etag"] == owner.get(path(studio, member))["ETag"] != seen
        assert_refused(owner.patch(path(studio, member), {"If-Match": seen}, role="admin"), 412, "precondition_failed")
        assert_refused(owner.delete(path(studio, member), {"If-Match": seen}), 412, "precondition_failed")
        assert owner.delete(path(studio, member), {"If-Match": changed["ETag"]}).status_code == 204

    def test_the_version_is_of_the_role_that_can_be_changed_here(
        self, owner: Person, admin: Person, studio: Team
    ) -> None:
        child = child_of(studio)
        own = join(child, admin, Role.VIEWER)
        row = owner.get(path(child, admin)).json()

        changed = owner.patch(path(child, admin), {"If-Match": row["etag"]}, role="member")

        own.refresh_from_db()
        assert (changed.json()["role"], changed.json()["own_role"], own.role) == ("admin", "member", Role.MEMBER)
        assert changed["ETag"] != row["etag"]


class TestEscalation:
    @pytest.mark.parametrize("given", list(Role))
    @pytest.mark.parametrize("held", list(Role))
    @pytest.mark.parametrize("own", list(Role))
    def test_nobody_reaches_a_role_that_is_not_below_their_own_but_owners(
        self, studio: Team, own: Role, held: Role, given: Role
    ) -> None:
        actor, target = somebody(), somebody()
        join(studio, actor, own)
        join(studio, target, held)
        is_allowed = own is Role.OWNER or (own is Role.ADMIN and held.rank < own.rank and given.rank < own.rank)

        changed = actor.patch(path(studio, target), role=given)

        assert changed.status_code == (200 if is_allowed else 403), changed.content
        assert roles_in(studio)[target.id] is (given if is_allowed else held)

    @pytest.mark.parametrize("held", list(Role))
    @pytest.mark.parametrize("own", list(Role))
    def test_nobody_removes_who_is_not_below_them_but_owners(self, studio: Team, own: Role, held: Role) -> None:
        actor, target = somebody(), somebody()
        join(studio, actor, own)
        join(studio, target, held)
        is_allowed = own is Role.OWNER or (own is Role.ADMIN and held.rank < own.rank)

        removed = actor.delete(path(studio, target))

        assert removed.status_code == (204 if is_allowed else 403)
        assert (target.id in roles_in(studio)) is not is_allowed

    @pytest.mark.parametrize("given", list(Role))
    @pytest.mark.parametrize("own", [Role.VIEWER, Role.MEMBER, Role.ADMIN])
    def test_nobody_changes_their_own_role_but_owners(self, studio: Team, own: Role, given: Role) -> None:
        actor = somebody()
        join(studio, actor, own)

        assert_refused(actor.patch(path(studio, actor), role=given), 403, "permission_denied")
        assert roles_in(studio)[actor.id] is own

    def test_a_role_from_above_counts_and_one_beside_does_not(self, owner: Person, admin: Person, studio: Team) -> None:
        child, sibling = child_of(studio), child_of(studio)
        target, neighbour = somebody(), somebody()
        join(child, target, Role.MEMBER)
        join(sibling, neighbour, Role.OWNER)

        assert_refused(neighbour.patch(path(child, target), role="viewer"), 404, "not_found")
        assert_refused(admin.patch(path(child, target), role="admin"), 403, "permission_denied")
        assert admin.patch(path(child, target), role="viewer").status_code == 200
        assert owner.patch(path(child, target), role="owner").status_code == 200

    def test_a_refused_attempt_is_on_record_without_addresses(self, admin: Person, owner: Person, studio: Team) -> None:
        admin.patch(path(studio, owner), role="viewer")

        (refusal,) = events("team.change_refused")
        assert (refusal.actor_id, refusal.resource_id, refusal.reason) == (admin.id, studio.id, "permission_denied")

    def test_a_change_is_on_record_with_both_roles(self, owner: Person, member: Person, studio: Team) -> None:
        owner.patch(path(studio, member), role="admin")

        (changed,) = events("membership.role_changed")
        assert changed.details == {"user": str(member.id), "from": "member", "to": "admin"}
        assert (changed.actor_id, changed.session_id) == (owner.id, owner.principal.session_id)

    def test_a_role_from_above_is_changed_above(self, owner: Person, member: Person, studio: Team) -> None:
        child = child_of(studio)

        assert_refused(owner.patch(path(child, member), role="admin"), 409, "membership_inherited")
        assert_refused(owner.delete(path(child, member)), 409, "membership_inherited")
        assert_refused(member.post(f"/{child.id}/leave"), 409, "membership_inherited")

    @pytest.mark.parametrize(
        "body", [{"role": "superuser"}, {"role": "Owner"}, {"role": 4}, {}, {"role": None}], ids=str
    )
    def test_only_roles_are_roles(self, owner: Person, member: Person, studio: Team, body: dict[str, Any]) -> None:
        assert_refused(owner.patch(path(studio, member), ANY_VERSION, **body), 400, "invalid_input")


class TestLastOwner:
    def test_the_last_owner_neither_steps_down_nor_leaves_nor_goes(
        self, owner: Person, admin: Person, studio: Team
    ) -> None:
        for answer in (
            owner.patch(path(studio, owner), role="admin"),
            owner.delete(path(studio, owner)),
            owner.post(f"/{studio.id}/leave"),
        ):
            assert_refused(answer, 409, "last_owner")
        assert_refused(admin.delete(path(studio, owner)), 403, "permission_denied")
        assert roles_in(studio)[owner.id] is Role.OWNER
        assert [it.reason for it in events("team.change_refused")] == ["permission_denied", *["last_owner"] * 3]

    def test_one_of_two_may(self, owner: Person, studio: Team) -> None:
        other = somebody()
        join(studio, other, Role.OWNER)

        assert other.patch(path(studio, owner), role="admin").json()["role"] == "admin"
        assert_refused(other.post(f"/{studio.id}/leave"), 409, "last_owner")

    def test_a_suspended_owner_does_not_count(self, owner: Person, studio: Team) -> None:
        join(studio, somebody(status=AccountStatus.SUSPENDED), Role.OWNER)

        assert_refused(owner.post(f"/{studio.id}/leave"), 409, "last_owner")

    def test_a_child_team_needs_none_of_its_own(self, owner: Person, studio: Team) -> None:
        child, only = child_of(studio), somebody()
        join(child, only, Role.OWNER)

        assert only.post(f"/{child.id}/leave").status_code == 204
        assert owner.get(f"/{child.id}").json()["role"] == "owner"


class TestLeave:
    @pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER, Role.ADMIN])
    def test_everybody_else_leaves_and_is_gone(self, studio: Team, role: Role) -> None:
        person = somebody()
        join(studio, person, role)

        assert person.post(f"/{studio.id}/leave").status_code == 204
        assert_refused(person.get(f"/{studio.id}"), 404, "not_found")
        assert events("membership.left")[0].details == {"user": str(person.id), "role": role}

    def test_what_comes_from_above_stays(self, member: Person, studio: Team) -> None:
        child = child_of(studio)
        join(child, member, Role.ADMIN)

        assert member.post(f"/{child.id}/leave").status_code == 204
        assert member.get(f"/{child.id}").json()["role"] == "member"


class TestTransfer:
    def test_the_new_owner_is_a_member_and_the_old_one_an_admin(
        self, owner: Person, viewer: Person, studio: Team
    ) -> None:
        handed = owner.post(f"/{studio.id}/transfer", user=str(viewer.id))

        assert (handed.status_code, handed.json()["role"]) == (200, "admin")
        roles = roles_in(studio)
        assert (roles[owner.id], roles[viewer.id]) == (Role.ADMIN, Role.OWNER)
        assert events("team.transferred")[0].details == {"from": str(owner.id), "to": str(viewer.id)}

    def test_somebody_with_a_role_from_above_gets_one_of_their_own(
        self, owner: Person, member: Person, studio: Team
    ) -> None:
        child = child_of(studio)

        assert owner.post(f"/{child.id}/transfer", user=str(member.id)).json()["role"] == "owner"
        assert roles_in(child) == {member.id: Role.OWNER}

    def test_nobody_else_can_be_given_a_team(self, owner: Person, mallory: Person, studio: Team) -> None:
        closed = somebody(status=AccountStatus.SUSPENDED)
        join(studio, closed, Role.ADMIN)

        answers = [
            assert_refused(owner.post(f"/{studio.id}/transfer", user=str(it)), 400, "invalid_input")["errors"]
            for it in (mallory.id, uuid4(), closed.id, owner.id)
        ]

        assert answers == [answers[0]] * 4
        assert answers[0][0]["pointer"] == "/user"
        assert roles_in(studio)[owner.id] is Role.OWNER

    def test_lower_roles_may_not(self, admin: Person, member: Person, studio: Team) -> None:
        assert_refused(admin.post(f"/{studio.id}/transfer", user=str(admin.id)), 403, "permission_denied")
        assert_refused(member.post(f"/{studio.id}/transfer", user=str(member.id)), 403, "permission_denied")

    def test_a_stale_version_of_the_team_is_refused(self, owner: Person, viewer: Person, studio: Team) -> None:
        answer = owner.client.post(
            f"/api/v1/teams/{studio.id}/transfer", {"user": str(viewer.id)}, headers={"If-Match": '"old"'}
        )

        assert_refused(answer, 412, "precondition_failed")
