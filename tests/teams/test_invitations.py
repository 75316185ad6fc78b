"""Inviting people by mail, and joining."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AccountStatus
from authorization.roles import Role
from teams.invitation_tokens import digest_of
from teams.models import Invitation, Membership, Team
from tests.support.trail import trail
from tests.support.work import pending_topics, run_due_work
from tests.teams.conftest import Person, assert_refused, child_of, events, join, roles_in, somebody
from velro.background.models import OutboxMessage
from velro.settings.environment import Deployment

pytestmark = pytest.mark.django_db

ADA = "ada@velro.test"


def invite(by: Person, team: Team, email: str = ADA, role: str = "member") -> dict[str, Any]:
    answer = by.post(f"/{team.id}/invite", email=email, role=role)
    assert answer.status_code == 201, answer.content
    return dict(answer.json())


def deploy(settings: Settings) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"velro_env": Deployment.PRODUCTION})


@pytest.fixture
def ada(db: None) -> Person:  # noqa: ARG001 - asked for its effect
    return somebody(email=ADA)


class TestInvite:
    def test_a_letter_with_the_token_goes_to_the_address(self, admin: Person, studio: Team) -> None:
        sent = invite(admin, studio, email=" Ada@Velro.TEST ")
        run_due_work()

        assert (sent["email"], sent["role"], sent["invited_by"]) == (ADA, "member", str(admin.id))
        (letter,) = mail.outbox
        assert letter.to == [ADA]
        assert sent["token"] in str(letter.body).splitlines()
        week = Invitation.objects.get().expires_at - timezone.now()
        assert timedelta(days=6, hours=23) < week <= timedelta(days=7)

    def test_the_token_is_nowhere_but_in_the_letter(self, admin: Person, studio: Team) -> None:
        sent = invite(admin, studio)
        stored = Invitation.objects.values().get()

        assert len(sent["token"]) == 43
        assert stored["token_digest"] == digest_of(sent["token"])
        for row in (stored, *OutboxMessage.objects.values(), *trail().values()):
            assert sent["token"] not in str(row)
        assert not any(ADA in str(event.details) for event in trail().all())

    def test_where_people_work_the_answer_has_no_token(self, admin: Person, studio: Team, settings: Settings) -> None:
        deploy(settings)

        assert "token" not in invite(admin, studio)

    @pytest.mark.parametrize("role", list(Role))
    @pytest.mark.parametrize("own", list(Role))
    def test_nobody_invites_to_a_role_that_is_not_below_their_own_but_owners(
        self, studio: Team, own: Role, role: Role
    ) -> None:
        person = somebody()
        join(studio, person, own)
        is_allowed = own is Role.OWNER or (own is Role.ADMIN and role.rank < own.rank)

        answer = person.post(f"/{studio.id}/invite", email=ADA, role=role)

        assert answer.status_code == (201 if is_allowed else 403)
        assert Invitation.objects.count() == int(is_allowed)

    def test_the_same_address_has_one_open_invitation(self, admin: Person, studio: Team, ada: Person) -> None:
        first, second = invite(admin, studio), invite(admin, studio, email="ADA@velro.test", role="viewer")

        assert_refused(ada.accept(first["token"]), 400, "invalid_input")
        assert ada.accept(second["token"]).json()["role"] == "viewer"

    def test_an_admin_does_not_take_the_place_of_what_an_owner_offered(
        self, owner: Person, admin: Person, studio: Team
    ) -> None:
        offered = invite(owner, studio, role="admin")

        assert_refused(admin.post(f"/{studio.id}/invite", email=ADA, role="viewer"), 403, "permission_denied")
        assert_refused(admin.delete(f"/{studio.id}/invitations/{offered['id']}"), 403, "permission_denied")
        assert Invitation.objects.live().count() == 1

    def test_a_member_is_not_invited(self, owner: Person, member: Person, studio: Team) -> None:
        child = child_of(studio)

        for team, role in ((studio, "viewer"), (studio, "owner"), (child, "member")):
            answer = owner.post(f"/{team.id}/invite", email=member.user.email.upper(), role=role)
            assert_refused(answer, 409, "already_member")
        assert invite(owner, child, email=member.user.email, role="admin")["role"] == "admin"

    def test_nobody_is_invited_to_an_archived_team(self, owner: Person, studio: Team) -> None:
        owner.post(f"/{studio.id}/archive")

        assert_refused(owner.post(f"/{studio.id}/invite", email=ADA, role="viewer"), 409, "team_archived")

    @pytest.mark.parametrize(
        "email", ["", "ada", "a@b\r\nBcc: c@velro.test", "ada@velro.test,b@velro.test", "a@b" * 90, 5]
    )
    def test_only_addresses_are_invited(self, owner: Person, studio: Team, email: object) -> None:
        assert_refused(owner.post(f"/{studio.id}/invite", email=email, role="viewer"), 400, "invalid_input")

    def test_the_same_key_invites_once(self, owner: Person, studio: Team) -> None:
        answers = [
            owner.client.post(
                f"/api/v1/teams/{studio.id}/invite", {"email": ADA, "role": "viewer"}, headers={"Idempotency-Key": "k"}
            ).json()
            for _ in "ab"
        ]

        assert answers[0] == answers[1]
        assert Invitation.objects.count() == 1


class TestListAndWithdraw:
    def test_who_may_invite_sees_what_is_open(self, owner: Person, admin: Person, member: Person, studio: Team) -> None:
        withdrawn, kept = invite(owner, studio, email="b@velro.test"), invite(owner, studio)
        assert admin.delete(f"/{studio.id}/invitations/{withdrawn['id']}").status_code == 204
        late = invite(owner, studio, email="c@velro.test")
        Invitation.objects.filter(id=late["id"]).update(expires_at=timezone.now())

        (shown,) = admin.get(f"/{studio.id}/invitations").json()["results"]

        assert shown == {key: value for key, value in kept.items() if key != "token"}
        assert_refused(member.get(f"/{studio.id}/invitations"), 403, "permission_denied")

    def test_a_withdrawn_one_is_worthless_and_gone(self, owner: Person, studio: Team, ada: Person) -> None:
        sent = invite(owner, studio)
        path = f"/{studio.id}/invitations/{sent['id']}"

        assert_refused(owner.delete(path, headers={"If-Match": '"old"'}), 412, "precondition_failed")
        assert owner.delete(path).status_code == 204
        run_due_work()

        assert mail.outbox == []
        assert_refused(ada.accept(sent["token"]), 400, "invalid_input")
        assert_refused(owner.delete(path), 404, "not_found")

    def test_that_of_another_team_is_not_found(self, owner: Person, studio: Team) -> None:
        other = Team.objects.create(name="Other", slug="other", parent=studio)
        sent = invite(owner, studio)

        assert_refused(owner.delete(f"/{other.id}/invitations/{sent['id']}"), 404, "not_found")
        assert_refused(owner.delete(f"/{studio.id}/invitations/{uuid4()}"), 404, "not_found")
        assert pending_topics(Invitation.objects.get().id) == {"teams.invitation"}


class TestAccept:
    def test_the_addressee_joins_with_the_role(self, admin: Person, studio: Team, ada: Person) -> None:
        sent = invite(admin, studio)

        joined = ada.accept(sent["token"])

        assert (joined.status_code, joined.json()["id"], joined.json()["role"]) == (200, str(studio.id), "member")
        assert roles_in(studio)[ada.id] is Role.MEMBER
        assert events("invitation.accepted")[0].details == {
            "invitation": sent["id"],
            "role": "member",
            "invited_by": str(admin.id),
        }

    def test_every_reason_against_it_looks_like_an_unknown_token(
        self, owner: Person, studio: Team, ada: Person, mallory: Person, settings: Settings
    ) -> None:
        def refusal(person: Person, token: str) -> dict[str, Any]:
            return {**assert_refused(person.accept(token), 400, "invalid_input"), "request_id": ""}

        unknown = refusal(ada, "x" * 43)
        token = invite(owner, studio)["token"]
        assert refusal(mallory, token) == unknown
        Invitation.objects.update(expires_at=timezone.now())
        assert refusal(ada, token) == unknown
        token = invite(owner, studio)["token"]
        owner.post(f"/{studio.id}/archive")
        assert refusal(ada, token) == unknown
        owner.post(f"/{studio.id}/restore")
        deploy(settings)
        ada.user.email_verified_at = None
        ada.user.save()
        assert refusal(ada, token) == unknown
        ada.user.email_verified_at = timezone.now()
        ada.user.save()
        assert ada.accept(token).status_code == 200
        assert refusal(ada, token) == unknown
        assert [it.reason for it in reversed(events("invitation.refused"))] == [
            "unknown_token",
            "another_address",
            "expired",
            "team_archived",
            "email_not_verified",
            "used_or_withdrawn",
        ]

    def test_in_development_an_unverified_address_will_do(self, owner: Person, studio: Team) -> None:
        unverified = somebody(email=ADA, email_verified_at=None)

        assert unverified.accept(invite(owner, studio)["token"]).status_code == 200

    @pytest.mark.parametrize("change", ["demoted", "removed", "suspended"])
    def test_the_offer_ends_with_the_right_to_make_it(
        self, admin: Person, studio: Team, ada: Person, change: str
    ) -> None:
        token = invite(admin, studio)["token"]
        if change == "demoted":
            Membership.objects.filter(user=admin.user).update(role=Role.MEMBER)
        elif change == "removed":
            Membership.objects.filter(user=admin.user).delete()
        else:
            admin.user.status = AccountStatus.SUSPENDED
            admin.user.save()

        assert_refused(ada.accept(token), 400, "invalid_input")
        assert events("invitation.refused")[0].reason == "inviter_without_role"
        assert ada.id not in roles_in(studio)

    def test_an_owner_who_became_an_admin_no_longer_makes_admins(
        self, owner: Person, viewer: Person, studio: Team, ada: Person
    ) -> None:
        token = invite(owner, studio, role="admin")["token"]
        owner.post(f"/{studio.id}/transfer", user=str(viewer.id))

        assert_refused(ada.accept(token), 400, "invalid_input")

    def test_nobody_invites_a_second_account_of_theirs_above_themselves(self, admin: Person, studio: Team) -> None:
        second = somebody(email="second@velro.test")
        for role in ("admin", "owner"):
            answer = admin.post(f"/{studio.id}/invite", email=second.user.email, role=role)
            assert_refused(answer, 403, "permission_denied")
        token = invite(admin, studio, email=second.user.email, role="member")["token"]
        second.accept(token)

        assert roles_in(studio)[second.id] is Role.MEMBER

    @pytest.mark.parametrize(
        ("held", "offered", "after"),
        [
            (Role.ADMIN, Role.VIEWER, Role.ADMIN),
            (Role.VIEWER, Role.MEMBER, Role.MEMBER),
            (Role.OWNER, Role.ADMIN, Role.OWNER),
        ],
    )
    def test_a_role_is_never_lowered(
        self, owner: Person, studio: Team, ada: Person, held: Role, offered: Role, after: Role
    ) -> None:
        token = invite(owner, studio, role=offered)["token"]
        join(studio, ada, held)

        assert ada.accept(token).status_code == 200
        assert roles_in(studio)[ada.id] is after

    def test_what_an_operator_sent_is_good_while_they_are_one(self, studio: Team, ada: Person) -> None:
        operator = somebody(is_superuser=True, is_staff=True)
        token = "t" * 43
        Invitation.objects.create(
            team=studio,
            email=ADA,
            role=Role.ADMIN,
            token_digest=digest_of(token),
            invited_by=operator.user,
            expires_at=timezone.now() + timedelta(days=1),
        )
        operator.user.is_superuser = False
        operator.user.save()
        assert_refused(ada.accept(token), 400, "invalid_input")
        operator.user.is_superuser = True
        operator.user.save()

        assert ada.accept(token).status_code == 200
        assert roles_in(studio)[ada.id] is Role.ADMIN
