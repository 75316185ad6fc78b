"""Shares and delegations: how far a right travels, and the very moments at which it begins and ends."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, Final
from uuid import uuid4

import pytest
from django.db import transaction

from accounts.models import User
from authorization.facts import Principal
from authorization.ports import Entity, Inquiry
from authorization.roles import Permission, Role
from generations import actions
from generations.models import Delegation, Generation, Share
from generations.policies import GENERATION_RESOURCE
from generations.policy_source import GENERATION_POLICY
from generations.serializers.fields import MomentField
from teams.models import Team
from tests.authorization.stored_worlds import clock_at, set_clock
from tests.generations.conftest import Person, signed_in
from tests.generations.places import HOUR, delegated, held, in_text, join, new_team, shared
from tests.generations.test_read_and_delete import make
from tests.security.rows import refusals
from tests.support.factories import user_factory
from tests.support.grants import grant
from tests.support.trail import trail
from velro.database_clock import database_now

pytestmark = pytest.mark.django_db

READ, WRITE, DELETE = Permission.READ, Permission.WRITE, Permission.DELETE
TICK: Final = timedelta(microseconds=1)
# The hour that the clocks of Berlin go through twice, and the end of what a calendar holds.
TWICE: Final = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
Lend = Callable[[Generation, User, datetime, datetime], Any]


@pytest.fixture
def owner(db: None) -> Person:  # noqa: ARG001 - asked for its effect
    return signed_in(user_factory())


@pytest.fixture
def deputy(db: None) -> Person:  # noqa: ARG001 - as above
    return signed_in(user_factory())


def delegate(person: Person, generation: Generation, to: Any, *permissions: str, **body: Any) -> Any:
    wish = {
        "user": str(to),
        "permissions": list(permissions or ("read",)),
        "expires_at": in_text(database_now() + HOUR),
    }
    return person.client.post(f"/api/v1/generations/{generation.id}/delegations", wish | body, format="json")


def share(person: Person, generation: Generation, team_id: Any, **body: Any) -> Any:
    wish = {"team": str(team_id), "role": "viewer"} | body
    return person.client.put(f"/api/v1/generations/{generation.id}/share", wish, format="json")


def lend_to_person(generation: Generation, to: User, starts_at: datetime, expires_at: datetime) -> Delegation:
    return delegated(generation, READ, by=generation.owner, to=to, starts_at=starts_at, expires_at=expires_at)


def lend_to_team(generation: Generation, to: User, starts_at: datetime, expires_at: datetime) -> Share:
    return shared(generation, new_team(viewer=to), starts_at=starts_at, expires_at=expires_at)


def doors(person: Person, generation: Generation) -> set[bool]:
    """What every door says at this moment: check, list, who may, AuthZEN, and the address itself."""
    asked = Inquiry(
        Entity("user", str(person.user.id)), "read", Entity("generation", str(generation.id)), person.principal
    )
    return {
        READ in held(person.user, generation),
        GENERATION_RESOURCE.visible_to(person.user.id, actions.READ).filter(id=generation.id).exists(),
        GENERATION_RESOURCE.holders_of(actions.READ, generation.id).filter(id=person.user.id).exists(),
        GENERATION_POLICY.evaluate([asked])[0].is_allowed,
        str(generation.id) in {it["id"] for it in person.client.get("/api/v1/generations").json()["results"]},
        person.read(generation.id).status_code == 200,
    }


class TestMoments:
    @pytest.mark.parametrize("lend", [lend_to_person, lend_to_team])
    @pytest.mark.parametrize(
        "begins", [TWICE, datetime(2026, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)]
    )
    def test_it_is_open_from_its_first_microsecond_until_before_its_last(
        self, owner: Person, deputy: Person, lend: Lend, begins: datetime
    ) -> None:
        generation, ends = make(owner), begins + HOUR
        lend(generation, deputy.user, begins, ends)
        moments = (begins - TICK, begins, begins + TICK, ends - TICK, ends, ends + TICK)

        with transaction.atomic(), clock_at(begins):
            seen = []
            for moment in moments:
                set_clock(moment)
                seen.append(doors(deputy, generation))

        assert seen == [{False}, {True}, {True}, {True}, {False}, {False}]

    def test_the_hour_that_comes_twice_is_two_hours(self, owner: Person, deputy: Person) -> None:
        """02:30 with one offset and 02:30 with the other are sixty minutes apart, whatever a wall clock shows."""
        generation = make(owner)
        begins, ends = (MomentField().run_validation(f"2026-10-25T02:30:00{it}") for it in ("+02:00", "+01:00"))
        lend_to_person(generation, deputy.user, begins, ends)

        assert (begins, ends) == (TWICE, TWICE + HOUR)
        with transaction.atomic(), clock_at(TWICE + HOUR / 2):
            assert doors(deputy, generation) == {True}

    @pytest.mark.parametrize("offset", ["+00:00", "-00:00", "+14:00", "-12:00", "+05:45"])
    def test_an_offset_moves_the_text_and_not_the_moment(self, offset: str) -> None:
        sign = 1 if offset[0] == "+" else -1
        ahead = sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[4:]))

        text = (TWICE + ahead).replace(tzinfo=None).isoformat() + offset

        assert MomentField().run_validation(text) == TWICE

    @pytest.mark.parametrize(
        "text",
        [
            "2027-06-30T23:59:60Z", "2027-01-31T12:00:00", "2027-02-30T12:00:00Z", "9999-12-31T23:59:59-12:00",
            "9999-12-31T23:59:59.999999Z", "10000-01-01T00:00:00Z", "2027-01-31T24:00:00Z", "infinity", "now", "1e400",
        ],
    )  # fmt: skip
    def test_a_leap_second_a_naive_time_and_the_end_of_time_lend_nothing(
        self, owner: Person, deputy: Person, text: str
    ) -> None:
        generation = make(owner)
        team = new_team(viewer=owner.user)
        answers = [
            delegate(owner, generation, deputy.user.id, expires_at=text),
            share(owner, generation, team.id, expires_at=text),
        ]

        assert [answer.status_code for answer in answers] == [400, 400]
        assert not Delegation.objects.exists()
        assert not Share.objects.exists()


class TestChains:
    def test_a_right_is_lent_once(self, owner: Person, deputy: Person) -> None:
        """From the owner to the deputy and no further, by neither door."""
        generation, third = make(owner), signed_in(user_factory())
        delegate(owner, generation, deputy.user.id, "read", "write", "delete")
        own_team = new_team(owner=deputy.user, viewer=third.user)

        assert delegate(deputy, generation, third.user.id).status_code == 403
        assert share(deputy, generation, own_team.id).status_code == 403
        assert held(third.user, generation) == set()
        assert refusals("authorization.decision", action="generation:share") == [
            ("permission_not_held", deputy.user.id)
        ]

    def test_a_row_that_would_lend_further_gives_nothing(self, owner: Person, deputy: Person) -> None:
        """Past every service: a chain of three, and one that comes back to where it began."""
        generation, people = make(owner), [signed_in(user_factory()) for _ in range(3)]
        delegated(generation, READ, WRITE, by=owner.user, to=deputy.user)
        chain = [deputy, *people, deputy, owner]
        for lender, borrower in pairwise(chain):
            delegated(generation, READ, WRITE, DELETE, by=lender.user, to=borrower.user)

        assert [held(person.user, generation) for person in people] == [set()] * 3
        assert held(deputy.user, generation) == {READ, WRITE}

    def test_of_what_is_borrowed_and_what_is_ones_own_only_the_latter_is_lent(
        self, owner: Person, deputy: Person
    ) -> None:
        generation, third = make(owner), user_factory()
        delegated(generation, READ, WRITE, DELETE, by=owner.user, to=deputy.user)
        grant(generation, READ, to=deputy.user)

        assert delegate(deputy, generation, third.id, "read", "write").status_code == 403
        assert delegate(deputy, generation, third.id, "read").status_code == 201
        assert held(third, generation) == {READ}

    def test_a_denied_wish_to_lend_more_is_on_record_and_leaves_no_row(self, owner: Person, deputy: Person) -> None:
        generation = make(owner)
        shared(generation, new_team(viewer=deputy.user))

        assert delegate(deputy, generation, user_factory().id, "read", "delete").status_code == 403
        assert not Delegation.objects.exists()
        assert not trail().filter(name="generation.delegated").exists()


class TestEnds:
    def test_it_dies_and_wakes_with_the_right_and_the_account_of_who_lent_it(
        self, owner: Person, deputy: Person
    ) -> None:
        generation, lender, team = make(owner), signed_in(user_factory()), new_team()
        membership = join(team, lender.user, Role.MEMBER)
        link = shared(generation, team, role=Role.MEMBER)
        delegate(lender, generation, deputy.user.id, "read", "write")
        ends: list[tuple[Any, dict[str, Any], dict[str, Any]]] = [
            (Share.objects.filter(id=link.id), {"expires_at": database_now()}, {"expires_at": None}),
            (Team.objects.filter(id=team.id), {"archived_at": database_now()}, {"archived_at": None}),
            (User.objects.filter(id=lender.user.id), {"status": "suspended"}, {"status": "active"}),
            (Generation.objects.filter(id=generation.id), {"deleted_at": database_now()}, {"deleted_at": None}),
        ]
        for rows, end, undo in ends:
            assert held(deputy.user, generation) == {READ, WRITE}
            rows.update(**end)
            assert held(deputy.user, generation) == set()
            rows.update(**undo)
        membership.delete()
        assert held(deputy.user, generation) == set()

    def test_a_share_goes_with_its_team_and_no_team_of_that_name_inherits_it(self, owner: Person) -> None:
        generation, reader = make(owner), user_factory()
        team = new_team(name="Partners", viewer=reader)
        join(team, owner.user, Role.OWNER)
        share(owner, generation, team.id)
        assert held(reader, generation) == {READ}
        assert owner.client.delete(f"/api/v1/teams/{team.id}").status_code == 204

        again = Team.objects.create(name="Partners", slug=team.slug)
        join(again, reader, Role.OWNER)
        assert held(reader, generation) == set()
        assert (share(owner, generation, team.id).status_code, Share.objects.count()) == (404, 0)

    def test_what_was_taken_back_and_given_again_is_another_thing(self, owner: Person, deputy: Person) -> None:
        generation, team = make(owner), new_team(viewer=owner.user)
        join(team, deputy.user, Role.MEMBER)
        old = share(owner, generation, team.id, role="member")
        owner.client.delete(f"/api/v1/generations/{generation.id}/share/{team.id}")
        assert held(deputy.user, generation) == set()

        new = share(owner, generation, team.id)
        path = f"/api/v1/generations/{generation.id}/share/{team.id}"
        assert held(deputy.user, generation) == {READ}
        assert new["ETag"] != old["ETag"]
        assert owner.client.delete(path, headers={"If-Match": old["ETag"]}).status_code == 412
        events = trail().filter(name__startswith="generation.share").order_by("at", "id")
        assert [it.name.partition(".")[2] for it in events] == ["shared", "share_withdrawn", "shared"]

    def test_to_whom_nobody_lends_is_told_without_a_difference(self, owner: Person) -> None:
        """Unknown, suspended and closed accounts look alike; of oneself one knows already."""
        generation = make(owner)
        people = [uuid4(), *(user_factory(status=it).id for it in ("suspended", "deactivated"))]
        answers = [delegate(owner, generation, person) for person in (*people, owner.user.id)]

        shown = [{**it.json(), "request_id": ""} for it in answers]
        assert shown[0] == shown[1] == shown[2]
        assert {(it["status"], it["errors"][0]["pointer"]) for it in shown} == {(400, "/user")}
        assert not Delegation.objects.exists()

    def test_asking_for_another_person_needs_their_token(self, owner: Person, deputy: Person) -> None:
        """A delegation names its borrower: a third person who knows its id has nothing of it."""
        generation, third = make(owner), Principal(user_factory().id, uuid4())
        lent = delegate(owner, generation, deputy.user.id).json()["id"]
        stranger = signed_in(User.objects.get(id=third.user_id))

        assert stranger.client.delete(f"/api/v1/generations/{generation.id}/delegations/{lent}").status_code == 404
        assert held(deputy.user, generation) == {READ}
