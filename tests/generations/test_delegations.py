"""/generations/{id}/delegations: what can be passed on to whom, who ends it, and when it dies by itself."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from accounts.models import AccountStatus, User
from accounts.services.account_status import reactivate_account, suspend_account
from authorization.models import BreakGlassGrant
from authorization.roles import Permission, Role
from generations.models import Delegation, Generation, GenerationUserGrant
from teams.models import Membership
from tests.generations.conftest import Person, signed_in
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
    return f"/api/v1/generations/{generation.id}/delegations"


def post(
    person: Person, generation: Generation, to: User | None, *permissions: Permission, key: str = "", **body: Any
) -> Any:
    wish = {
        "user": str(to.id) if to else str(uuid4()),
        "permissions": [str(permission) for permission in permissions or (READ,)],
        "expires_at": in_text(database_now() + HOUR),
    }
    headers = {"Idempotency-Key": key} if key else {}
    return person.client.post(path_of(generation), wish | body, format="json", headers=headers)


def delete(person: Person, delegation: Delegation, **headers: str) -> Any:
    return person.client.delete(f"{path_of(delegation.generation)}/{delegation.id}", headers=headers)


@pytest.fixture
def deputy() -> Person:
    return signed_in(user_factory(display_name="Deputy"))


class TestGiving:
    def test_the_delegate_has_what_was_named_at_once(self, owner: Person, deputy: Person) -> None:
        generation = make(owner)
        answer = post(owner, generation, deputy.user, DELETE, READ, READ)
        delegation = Delegation.objects.get()
        assert answer.status_code == 201
        assert answer.json() == {
            "id": str(delegation.id),
            "user": str(deputy.user.id),
            "user_name": "Deputy",
            "permissions": ["read", "delete"],
            "starts_at": in_text(delegation.starts_at),
            "expires_at": in_text(delegation.expires_at),
            "delegated_by": str(owner.user.id),
            "created_at": in_text(delegation.created_at),
        }
        assert held(deputy.user, generation) == {READ, DELETE}

    def test_the_same_key_delegates_once(self, owner: Person, deputy: Person) -> None:
        generation, until = make(owner), in_text(database_now() + HOUR)
        answers = [post(owner, generation, deputy.user, key="k", expires_at=until) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [201, 201]
        assert answers[0].json() == answers[1].json()
        assert Delegation.objects.count() == 1

    @pytest.mark.parametrize(
        ("role", "given", "status"),
        [
            (Role.VIEWER, [READ], 201),
            (Role.VIEWER, [READ, WRITE], 403),
            (Role.MEMBER, [READ, WRITE], 201),
            (Role.MEMBER, [DELETE], 403),
            (Role.ADMIN, [READ, WRITE, DELETE], 201),
        ],
    )
    def test_nobody_gives_more_than_they_have(
        self, owner: Person, mallory: Person, role: Role, given: list[Permission], status: int
    ) -> None:
        team = new_team(viewer=owner.user)
        join(team, mallory.user, role)
        generation = make(owner, project=new_project(team))
        assert post(mallory, generation, user_factory(), *given).status_code == status
        assert Delegation.objects.count() == (status == 201)

    def test_what_comes_by_a_share_or_an_object_grant_is_ones_own(self, owner: Person, mallory: Person) -> None:
        by_share, by_grant = make(owner), make(owner)
        shared(by_share, new_team(owner=mallory.user), role=Role.MEMBER)
        grant(by_grant, READ, DELETE, to=mallory.user)
        assert post(mallory, by_share, user_factory(), READ, WRITE).status_code == 201
        assert post(mallory, by_share, user_factory(), DELETE).status_code == 403
        assert post(mallory, by_grant, user_factory(), READ, DELETE).status_code == 201

    def test_what_is_held_by_delegation_goes_no_further(self, owner: Person, deputy: Person) -> None:
        generation = make(owner)
        post(owner, generation, deputy.user, READ, WRITE)
        answer = post(deputy, generation, user_factory(), READ)
        assert (answer.status_code, Delegation.objects.count()) == (403, 1)

    def test_what_is_behind_broken_glass_goes_no_further(self, owner: Person, deputy: Person) -> None:
        generation, now = make(owner), database_now()
        User.objects.filter(id=deputy.user.id).update(is_superuser=True)
        BreakGlassGrant.objects.create(
            user=deputy.user,
            resource_type="generation",
            resource_id=generation.id,
            permissions=frozenset({READ}),
            reason="A reason",
            opened_at=now,
            expires_at=now + timedelta(minutes=10),
        )
        assert held(deputy.user, generation) == {READ}
        assert post(deputy, generation, user_factory(), READ).status_code == 403

    def test_sharing_cannot_be_delegated(self, owner: Person, deputy: Person) -> None:
        answer = post(owner, make(owner), deputy.user, SHARE)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/permissions/0")

    def test_not_to_oneself(self, owner: Person) -> None:
        answer = post(owner, make(owner), owner.user)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/user")

    def test_who_is_unknown_and_who_is_not_active_look_alike(self, owner: Person) -> None:
        generation = make(owner)
        people = [None, *(user_factory(status=status) for status in AccountStatus if status != "active")]
        answers = [post(owner, generation, person).json() for person in people]
        assert {(answer["status"], str(answer["errors"]), answer["detail"]) for answer in answers} == {
            (400, str(answers[0]["errors"]), answers[0]["detail"])
        }
        assert answers[0]["errors"][0]["pointer"] == "/user"

    def test_to_others_the_generation_is_absent(self, owner: Person, mallory: Person) -> None:
        answers = [post(mallory, it, user_factory()).json() for it in (make(owner), Generation(id=uuid4()))]
        assert [(answer["status"], answer["detail"]) for answer in answers] == [(404, "Nothing was found here.")] * 2

    def test_the_hundred_and_first_is_refused(self, owner: Person, deputy: Person) -> None:
        generation = make(owner)
        for _ in range(100):
            delegated(generation, READ, by=owner.user, to=deputy.user)
        answer = post(owner, generation, deputy.user)
        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_delegations")

    @pytest.mark.parametrize(
        ("times", "pointer"),
        [
            ({"expires_at": timedelta(days=367)}, "/expires_at"),
            ({"expires_at": -HOUR}, "/expires_at"),
            ({"expires_at": HOUR, "starts_at": HOUR}, "/expires_at"),
            ({"expires_at": timedelta(days=400), "starts_at": timedelta(days=367)}, "/starts_at"),
        ],
    )
    def test_it_lasts_a_year_at_most(
        self, owner: Person, deputy: Person, times: dict[str, timedelta], pointer: str
    ) -> None:
        now = database_now()
        answer = post(owner, make(owner), deputy.user, **{name: in_text(now + it) for name, it in times.items()})
        assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (400, [pointer])

    @pytest.mark.parametrize(
        ("body", "pointer"),
        [
            ({"expires_at": None}, "/expires_at"),
            ({"expires_at": "2027-01-01T00:00:00"}, "/expires_at"),
            ({"permissions": []}, "/permissions"),
            ({"permissions": "read"}, "/permissions"),
            ({"delegated_by": str(uuid4())}, "/delegated_by"),
            ({"user": str(uuid4()).upper()}, "/user"),
        ],
    )
    def test_a_wish_that_makes_no_sense_is_pointed_at(
        self, owner: Person, deputy: Person, body: dict[str, Any], pointer: str
    ) -> None:
        answer = post(owner, make(owner), deputy.user, **body)
        assert (answer.status_code, [fault["pointer"] for fault in answer.json()["errors"]]) == (400, [pointer])


class TestLife:
    def test_it_opens_at_its_start_only(self, owner: Person, deputy: Person) -> None:
        generation, now = make(owner), database_now()
        post(owner, generation, deputy.user, starts_at=in_text(now + HOUR), expires_at=in_text(now + 2 * HOUR))
        assert held(deputy.user, generation) == set()

    @pytest.mark.parametrize(
        ("starts_at", "expires_at", "is_open"),
        [(1, 5, False), (0, 5, True), (-1, 5, True), (-5, 1, True), (-5, 0, False), (-5, -1, False)],
    )
    def test_its_edges_are_exact(
        self,
        owner: Person,
        deputy: Person,
        starts_at: int,
        expires_at: int,
        is_open: bool,  # noqa: FBT001 - a row
    ) -> None:
        """In microseconds from the moment of asking: inside a function all statements share that moment."""
        generation = make(owner)
        delegation = delegated(generation, READ, by=owner.user, to=deputy.user)
        with connection.cursor() as cursor:
            cursor.execute(
                f"""
                CREATE FUNCTION pg_temp.reached() RETURNS bool LANGUAGE plpgsql AS $$
                BEGIN
                    UPDATE generations_delegation SET
                           starts_at = statement_timestamp() + {starts_at} * interval '1 microsecond',
                           expires_at = statement_timestamp() + {expires_at} * interval '1 microsecond'
                     WHERE id = '{delegation.id}';
                    RETURN EXISTS (
                        SELECT FROM generations_facts('{{{deputy.user.id}}}'::uuid[], '{{{generation.id}}}'::uuid[])
                         WHERE method = 'delegation');
                END $$
                """  # noqa: S608 - ids of our own
            )
            cursor.execute("SELECT pg_temp.reached()")
            assert cursor.fetchone() == (is_open,)

    def test_it_is_worth_what_the_delegator_still_has(self, owner: Person, mallory: Person, deputy: Person) -> None:
        team = new_team(viewer=owner.user)
        membership = join(team, mallory.user, Role.ADMIN)
        generation = make(owner, project=new_project(team))
        post(mallory, generation, deputy.user, READ, WRITE, DELETE)
        assert held(deputy.user, generation) == {READ, WRITE, DELETE}
        Membership.objects.filter(id=membership.id).update(role=Role.MEMBER)
        assert held(deputy.user, generation) == {READ, WRITE}
        membership.delete()
        assert held(deputy.user, generation) == set()
        join(team, mallory.user, Role.VIEWER)
        assert held(deputy.user, generation) == {READ}

    def test_it_dies_with_the_object_grant_it_came_from(self, owner: Person, mallory: Person, deputy: Person) -> None:
        generation = make(owner)
        grant(generation, READ, to=mallory.user)
        post(mallory, generation, deputy.user, READ)
        assert held(deputy.user, generation) == {READ}
        GenerationUserGrant.objects.all().delete()
        assert held(deputy.user, generation) == set()

    def test_a_suspended_delegator_passes_nothing_on(self, owner: Person, deputy: Person) -> None:
        generation = make(owner)
        post(owner, generation, deputy.user)
        suspend_account(owner.user.id, actor=SYSTEM)
        assert held(deputy.user, generation) == set()
        reactivate_account(owner.user.id, actor=SYSTEM)
        assert held(deputy.user, generation) == {READ}

    def test_a_suspended_delegate_has_nothing(self, owner: Person, deputy: Person) -> None:
        generation = make(owner)
        post(owner, generation, deputy.user)
        suspend_account(deputy.user.id, actor=SYSTEM)
        assert held(deputy.user, generation) == set()


class TestEnding:
    def test_the_delegator_ends_it_and_may_begin_anew(self, owner: Person, deputy: Person) -> None:
        generation = make(owner)
        post(owner, generation, deputy.user)
        assert delete(owner, Delegation.objects.get()).status_code == 204
        assert held(deputy.user, generation) == set()
        post(owner, generation, deputy.user)
        assert held(deputy.user, generation) == {READ}
        ended = trail().get(name="generation.delegation_revoked")
        assert (ended.actor_id, ended.details["delegate"]) == (owner.user.id, str(deputy.user.id))

    def test_the_delegator_ends_it_even_without_any_right_left(
        self, owner: Person, mallory: Person, deputy: Person
    ) -> None:
        delegation = delegated(make(owner), READ, by=mallory.user, to=deputy.user)
        assert delete(mallory, delegation).status_code == 204

    def test_whoever_may_share_ends_any(self, owner: Person, mallory: Person, deputy: Person) -> None:
        delegation = delegated(make(owner), READ, by=mallory.user, to=deputy.user)
        assert delete(owner, delegation).status_code == 204
        assert delete(owner, delegation).status_code == 404

    def test_others_do_not(self, owner: Person, mallory: Person, deputy: Person) -> None:
        generation = make(owner)
        delegation = delegated(generation, READ, by=owner.user, to=deputy.user)
        assert delete(mallory, delegation).status_code == 404
        assert delete(deputy, delegation).status_code == 403
        shared(generation, new_team(owner=mallory.user), role=Role.MEMBER)
        assert delete(mallory, delegation).status_code == 404
        delegation.generation = make(owner)
        assert delete(owner, delegation).status_code == 404
        assert Delegation.objects.count() == 1

    def test_if_match_guards_it(self, owner: Person, deputy: Person) -> None:
        tag = post(owner, make(owner), deputy.user)["ETag"]
        delegation = Delegation.objects.get()
        assert delete(owner, delegation, **{"If-Match": '"other"'}).status_code == 412
        assert delete(owner, delegation, **{"If-Match": tag}).status_code == 204


class TestListing:
    def test_all_for_whoever_may_share_and_ones_own_for_others(
        self, owner: Person, mallory: Person, deputy: Person
    ) -> None:
        generation = make(owner)
        shared(generation, new_team(owner=mallory.user), role=Role.MEMBER)
        ours = delegated(generation, READ, by=owner.user, to=deputy.user)
        theirs = delegated(generation, READ, by=mallory.user, to=user_factory())
        listed = [
            {entry["id"] for entry in person.client.get(path_of(generation)).json()["results"]}
            for person in (owner, mallory, deputy)
        ]
        assert listed == [{str(ours.id), str(theirs.id)}, {str(theirs.id)}, {str(ours.id)}]

    def test_to_others_there_is_nothing(self, owner: Person, mallory: Person) -> None:
        assert mallory.client.get(path_of(make(owner))).status_code == 404
