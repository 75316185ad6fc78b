"""PUT, GET and DELETE of /generations/{id}/share: who may, with whom, how far and for how long."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from rest_framework.exceptions import ValidationError

from accounts.services.account_status import suspend_account
from authorization.roles import Permission, Role
from generations.models import Generation, Share
from generations.serializers.fields import MomentField
from teams.models import Membership, Team
from tests.generations.conftest import Person
from tests.generations.places import HOUR, delegated, held, in_text, join, new_project, new_team, shared
from tests.generations.test_read_and_delete import make
from tests.support.factories import user_factory
from tests.support.grants import grant
from tests.support.trail import trail
from velro.audit.services import SYSTEM
from velro.database_clock import database_now

pytestmark = pytest.mark.django_db

READ, WRITE, SHARE, DELETE = Permission.READ, Permission.WRITE, Permission.SHARE, Permission.DELETE


def path_of(generation: Generation) -> str:
    return f"/api/v1/generations/{generation.id}/share"


def put(
    person: Person, generation: Generation, team: Any, *, headers: dict[str, str] | None = None, **body: Any
) -> Any:
    wish = {"team": str(getattr(team, "id", team)), "role": "viewer"} | body
    return person.client.put(path_of(generation), wish, format="json", headers=headers or {})


def delete(person: Person, generation: Generation, team: Team, **headers: str) -> Any:
    return person.client.delete(f"{path_of(generation)}/{team.id}", headers=headers)


@pytest.fixture
def reader() -> Person:
    return Person(user_factory(), None)  # type: ignore[arg-type]  # asks nothing over HTTP


class TestGiving:
    def test_a_share_opens_the_generation_to_the_team_at_once(self, owner: Person, reader: Person) -> None:
        generation, team = make(owner), new_team(viewer=owner.user, member=reader.user)
        answer = put(owner, generation, team, role="member")
        share = Share.objects.get()
        assert answer.status_code == 200
        assert answer.json() == {
            "team": str(team.id),
            "team_name": "Team",
            "role": "member",
            "starts_at": in_text(share.starts_at),
            "expires_at": None,
            "shared_by": str(owner.user.id),
            "created_at": in_text(share.created_at),
        }
        assert held(reader.user, generation) == {READ, WRITE}

    def test_it_gives_no_more_than_the_role_in_the_team(self, owner: Person, reader: Person) -> None:
        generation, team = make(owner), new_team(viewer=reader.user, member=owner.user)
        put(owner, generation, team, role="member")
        assert held(reader.user, generation) == {READ}

    def test_putting_again_replaces_it(self, owner: Person, reader: Person) -> None:
        generation, team = make(owner), new_team(member=reader.user, viewer=owner.user)
        first = put(owner, generation, team, role="member")
        second = put(owner, generation, team, role="viewer", headers={"If-Match": first["ETag"]})
        assert (second.status_code, Share.objects.count()) == (200, 1)
        assert held(reader.user, generation) == {READ}
        assert put(owner, generation, team, headers={"If-Match": first["ETag"]}).status_code == 412

    def test_if_match_does_not_make_a_new_one(self, owner: Person) -> None:
        answer = put(owner, make(owner), new_team(viewer=owner.user), headers={"If-Match": "*"})
        assert (answer.status_code, Share.objects.count()) == (412, 0)

    def test_an_object_grant_of_share_is_enough_for_what_else_is_held(self, owner: Person, mallory: Person) -> None:
        generation, team = make(owner), new_team(viewer=mallory.user)
        grant(generation, SHARE, to=mallory.user)
        assert put(mallory, generation, team).status_code == 403
        grant(generation, READ, to=mallory.user)
        assert put(mallory, generation, team, role="member").status_code == 403
        assert put(mallory, generation, team).status_code == 200

    @pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("member", 403), ("admin", 200), ("owner", 200)])
    def test_in_a_project_admins_may(self, owner: Person, mallory: Person, role: str, status: int) -> None:
        team = new_team(viewer=owner.user)
        generation = make(owner, project=new_project(team))
        join(team, mallory.user, Role(role))
        own_team = new_team(owner=mallory.user)
        assert put(mallory, generation, own_team).status_code == status
        assert Share.objects.count() == (status == 200)

    def test_a_share_itself_cannot_be_passed_on(self, owner: Person, mallory: Person) -> None:
        generation, team = make(owner), new_team(owner=mallory.user)
        shared(generation, team, role=Role.MEMBER)
        assert put(mallory, generation, new_team(owner=mallory.user)).status_code == 403

    def test_a_delegation_cannot_be_passed_on(self, owner: Person, mallory: Person) -> None:
        generation = make(owner)
        delegated(generation, READ, WRITE, DELETE, by=owner.user, to=mallory.user)
        assert put(mallory, generation, new_team(owner=mallory.user)).status_code == 403

    def test_to_others_the_generation_is_absent(self, owner: Person, mallory: Person) -> None:
        team = new_team(owner=mallory.user)
        foreign, absent = make(owner), Generation(id=uuid4())
        answers = [put(mallory, generation, team) for generation in (foreign, absent)]
        assert [(answer.status_code, answer.json()["detail"]) for answer in answers] == [
            (404, "Nothing was found here.")
        ] * 2

    def test_a_team_of_others_is_as_an_absent_one(self, owner: Person) -> None:
        generation = make(owner)
        closed = new_team()
        Team.objects.filter(id=closed.id).update(archived_at=database_now())
        answers = [put(owner, generation, team) for team in (new_team(), closed, uuid4())]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "not_found")] * 3
        assert not Share.objects.exists()

    def test_an_archived_team_takes_nothing(self, owner: Person) -> None:
        generation, team = make(owner), new_team(owner=owner.user)
        Team.objects.filter(id=team.id).update(archived_at=database_now())
        answer = put(owner, generation, team)
        assert (answer.status_code, answer.json()["code"]) == (409, "team_archived")

    def test_a_share_with_a_team_that_is_archived_afterwards_gives_nothing(self, owner: Person, reader: Person) -> None:
        generation, root = make(owner), new_team()
        team = new_team(parent=root, viewer=owner.user, owner=reader.user)
        put(owner, generation, team)
        Team.objects.filter(id=root.id).update(archived_at=database_now())
        assert held(reader.user, generation) == set()
        Team.objects.filter(id=root.id).update(archived_at=None)
        assert held(reader.user, generation) == {READ}

    @pytest.mark.parametrize("state", ["archived_at", "quarantined_at", "deleted_at"])
    def test_only_what_is_available_is_shared(self, owner: Person, state: str) -> None:
        generation = make(owner, **{state: database_now()})
        answer = put(owner, generation, new_team(viewer=owner.user))
        assert answer.status_code == (404 if state == "deleted_at" else 403)

    def test_it_leaves_a_record_and_a_denial_does_too(self, owner: Person, mallory: Person) -> None:
        generation, team = make(owner), new_team(viewer=owner.user)
        put(owner, generation, team)
        put(mallory, generation, new_team(owner=mallory.user))
        event = trail().get(name="generation.shared")
        assert (event.actor_id, event.resource_id) == (owner.user.id, generation.id)
        assert event.details["team"] == str(team.id)
        denial = trail().get(name="authorization.decision", actor_id=mallory.user.id)
        assert (denial.outcome, denial.action) == ("denied", "generation:share")


class TestTimes:
    @pytest.mark.parametrize(
        ("begins", "ends", "faults"),
        [
            (None, HOUR, []),
            (HOUR, 2 * HOUR, []),
            (-HOUR, HOUR, []),
            (timedelta(days=365), timedelta(days=4000), []),
            (None, timedelta(days=3650), []),
            (None, -HOUR, ["/expires_at"]),
            (HOUR, HOUR, ["/expires_at"]),
            (2 * HOUR, HOUR, ["/expires_at"]),
            (timedelta(days=367), None, ["/starts_at"]),
            (None, timedelta(days=3660), ["/expires_at"]),
            (None, timedelta(days=365 * 7970), ["/expires_at"]),
        ],
    )
    def test_only_times_ahead_and_in_order(
        self, owner: Person, begins: timedelta | None, ends: timedelta | None, faults: list[str]
    ) -> None:
        now = database_now()
        offered = {"starts_at": begins, "expires_at": ends}
        times: dict[str, Any] = {name: in_text(now + it) for name, it in offered.items() if it is not None}
        answer = put(owner, make(owner), new_team(viewer=owner.user), **times)
        assert [fault["pointer"] for fault in answer.json().get("errors", [])] == faults
        assert answer.status_code == (400 if faults else 200)

    def test_a_beginning_that_has_passed_means_now(self, owner: Person) -> None:
        now = database_now()
        put(owner, make(owner), new_team(viewer=owner.user), starts_at=in_text(now - HOUR))
        assert now <= Share.objects.get().starts_at <= database_now()

    @pytest.mark.parametrize(
        "text",
        [
            "2027-01-31T12:00:00", "2027-01-31", "2027-01-31 12:00:00Z", "2027-13-31T12:00:00Z", "2027-02-29T12:00:00Z",
            "2027-06-30T23:59:60Z", "20270131T120000Z", "1800000000", "2027-01-31T12:00:00+99:00",
            "٢٠٢٧-01-31T12:00:00Z", "9999-12-31T23:59:59-12:00", "0000-01-01T00:00:00Z", "", "soon",
            "2027-01-31T12:00:00.1234567Z",
        ],
    )  # fmt: skip
    def test_only_moments_with_an_offset_are_read(self, owner: Person, text: str) -> None:
        answer = put(owner, make(owner), new_team(viewer=owner.user), expires_at=text)
        assert answer.status_code == 400
        assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/expires_at"]

    def test_an_offset_names_the_same_moment(self) -> None:
        read = [MomentField().run_validation(text) for text in ("2027-03-28T01:30:00Z", "2027-03-28T03:30:00+02:00")]
        assert read[0] == read[1]
        with pytest.raises(ValidationError):
            MomentField().run_validation(1_800_000_000)

    @pytest.mark.parametrize(("microseconds", "is_open"), [(-1, False), (0, True), (1, True)])
    def test_it_opens_at_its_start(
        self,
        owner: Person,
        reader: Person,
        microseconds: int,
        is_open: bool,  # noqa: FBT001 - a row of the table
    ) -> None:
        generation, team = make(owner), new_team(viewer=reader.user)
        assert reached_at(generation, team, reader, starts_at=-microseconds, expires_at=None) is is_open

    @pytest.mark.parametrize(("microseconds", "is_open"), [(-1, True), (0, False), (1, False)])
    def test_it_is_closed_at_its_end(
        self,
        owner: Person,
        reader: Person,
        microseconds: int,
        is_open: bool,  # noqa: FBT001 - a row of the table
    ) -> None:
        generation, team = make(owner), new_team(viewer=reader.user)
        assert reached_at(generation, team, reader, starts_at=-5, expires_at=-microseconds) is is_open


def reached_at(generation: Generation, team: Team, reader: Person, *, starts_at: int, expires_at: int | None) -> bool:
    """Whether the share opens the generation, with times in microseconds from the moment of the asking statement.

    The window is set and read in one statement each, inside a function whose statements share one timestamp.
    """
    share = shared(generation, team)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE FUNCTION pg_temp.reached() RETURNS bool LANGUAGE plpgsql AS $$
            BEGIN
                UPDATE generations_share SET
                       starts_at = statement_timestamp() + {starts_at} * interval '1 microsecond',
                       expires_at = statement_timestamp() + {"NULL" if expires_at is None else expires_at}
                                    * interval '1 microsecond'
                 WHERE id = '{share.id}';
                RETURN EXISTS (
                    SELECT FROM generations_facts(ARRAY['{reader.user.id}']::uuid[], ARRAY['{generation.id}']::uuid[])
                     WHERE method = 'team_share');
            END $$
            """  # noqa: S608 - ids of our own
        )
        cursor.execute("SELECT pg_temp.reached()")
        return bool(cursor.fetchone()[0])


class TestTakingBack:
    def test_what_it_gave_is_gone_at_once_and_may_be_given_anew(self, owner: Person, reader: Person) -> None:
        generation, team = make(owner), new_team(viewer=owner.user, member=reader.user)
        put(owner, generation, team)
        assert delete(owner, generation, team).status_code == 204
        assert held(reader.user, generation) == set()
        assert delete(owner, generation, team).status_code == 404
        put(owner, generation, team)
        assert held(reader.user, generation) == {READ}

    def test_whoever_may_share_may_take_back(self, owner: Person, mallory: Person) -> None:
        place = new_team(viewer=owner.user, admin=mallory.user)
        generation = make(owner, project=new_project(place))
        team = new_team()
        shared(generation, team)
        assert delete(mallory, generation, team).status_code == 204

    def test_its_readers_may_not(self, owner: Person, mallory: Person) -> None:
        generation, team = make(owner), new_team(owner=mallory.user)
        shared(generation, team)
        assert delete(mallory, generation, team).status_code == 403
        assert delete(mallory, make(owner), team).status_code == 404

    def test_if_match_guards_it(self, owner: Person) -> None:
        generation, team = make(owner), new_team(viewer=owner.user)
        tag = put(owner, generation, team)["ETag"]
        assert delete(owner, generation, team, **{"If-Match": '"other"'}).status_code == 412
        assert delete(owner, generation, team, **{"If-Match": tag}).status_code == 204
        assert trail().filter(name="generation.share_withdrawn").count() == 1

    def test_a_suspended_reader_has_nothing(self, owner: Person, reader: Person) -> None:
        generation, team = make(owner), new_team(viewer=reader.user)
        shared(generation, team)
        suspend_account(reader.user.id, actor=SYSTEM)
        assert held(reader.user, generation) == set()

    def test_who_leaves_the_team_has_nothing(self, owner: Person, reader: Person) -> None:
        generation, team = make(owner), new_team(viewer=reader.user)
        shared(generation, team)
        Membership.objects.filter(user=reader.user).delete()
        assert held(reader.user, generation) == set()


class TestListing:
    def test_whoever_may_share_sees_with_whom(self, owner: Person, mallory: Person) -> None:
        generation, team = make(owner), new_team(owner=mallory.user, name="Animators")
        shared(generation, team)
        listed = owner.client.get(path_of(generation))
        assert [(entry["team"], entry["team_name"]) for entry in listed.json()["results"]] == [
            (str(team.id), "Animators")
        ]
        assert mallory.client.get(path_of(generation)).status_code == 403

    def test_to_others_there_is_nothing(self, owner: Person, mallory: Person) -> None:
        assert mallory.client.get(path_of(make(owner))).status_code == 404


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"role": "admin"}, "/role"),
        ({"role": "owner"}, "/role"),
        ({"role": 2}, "/role"),
        ({"team": "0B9C6F6E-58A3-4B6E-9A64-3F6F2A8D1C7E"}, "/team"),
        ({"team": 5}, "/team"),
        ({"shared_by": str(uuid4())}, "/shared_by"),
        ({"starts_at": None}, "/starts_at"),
    ],
)
def test_a_wish_that_makes_no_sense_is_pointed_at(owner: Person, body: dict[str, Any], pointer: str) -> None:
    wish = {"team": str(new_team(viewer=owner.user).id), "role": "viewer"} | body
    answer = owner.client.put(path_of(make(owner)), wish, format="json")
    assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (400, [pointer])
    assert not Share.objects.exists()
