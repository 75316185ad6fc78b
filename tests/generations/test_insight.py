"""Who reaches a generation, why, and what would let in who is denied."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AccountStatus, User
from authorization.explain import Explanation, explain
from authorization.facts import Principal
from authorization.roles import Permission, Role
from generations import actions
from generations.models import Generation
from generations.reach import people_reaching, reach_of
from teams.models import Team
from tests.authorization.reference import rules
from tests.authorization.reference.world import World
from tests.authorization.reference.worlds import worlds
from tests.authorization.stored_worlds import clock_at, store
from tests.generations.conftest import Person, signed_in
from tests.generations.places import HOUR, delegated, in_text, join, new_project, new_team, shared
from tests.generations.test_read_and_delete import make
from tests.support.factories import user_factory
from tests.support.grants import grant
from tests.support.trail import trail
from velro.database_clock import database_now

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WORLDS = settings(
    deadline=None, max_examples=25, backend="hypothesis-urandom", suppress_health_check=[HealthCheck.too_slow]
)
READ, WRITE, SHARE, DELETE = Permission.READ, Permission.WRITE, Permission.SHARE, Permission.DELETE


def ask(person: Person, generation: Generation, **query: Any) -> Any:
    return person.client.get(f"/api/v1/generations/{generation.id}/explain", query)


def why(user: User, generation: Generation, permission: Permission = READ) -> Explanation:
    asked_by = Principal(generation.owner_id, uuid4())
    found = explain(user.id, actions.BY_PERMISSION[permission], generation.id, asked_by=asked_by)
    assert found is not None
    return found


def reasons(explanation: Explanation) -> dict[str, list[str]]:
    """By rule."""
    found: dict[str, list[str]] = {}
    for failure in explanation.failed_rules:
        found.setdefault(failure.rule, []).append(failure.reason)
    return found


def changes(explanation: Explanation) -> dict[str, str | None]:
    """By reason."""
    return {failure.reason: failure.change for failure in explanation.failed_rules}


class TestOnRandomWorlds:
    @WORLDS
    @given(world=worlds(NOW), permission=st.sampled_from(Permission))
    def test_explanations_say_what_is_decided(self, world: World, permission: Permission) -> None:
        with transaction.atomic():
            with clock_at(NOW):
                store(world, now=NOW)
                for person in world.people:
                    for generation in world.generations:
                        compare(world, person, generation, permission)
            transaction.set_rollback(True)

    @WORLDS
    @given(world=worlds(NOW))
    def test_the_people_who_reach_it_are_those_of_the_rules(self, world: World) -> None:
        with transaction.atomic():
            with clock_at(NOW):
                store(world, now=NOW)
                for generation in world.generations:
                    expected = {it: rules.verdict(world, it, generation, NOW) for it in world.people}
                    found = [reach_of(person, generation) for person in people_reaching(generation)]
                    assert {it.who.id: set(it.decision.permissions) for it in found} == {
                        person: set(verdict.permissions) for person, verdict in expected.items() if verdict.permissions
                    }
                    assert {it.who.id: it.decision.effective_role for it in found} == {
                        person: verdict.effective_role for person, verdict in expected.items() if verdict.permissions
                    }
            transaction.set_rollback(True)


def compare(world: World, person: Any, generation: Any, permission: Permission) -> None:
    verdict = rules.verdict(world, person, generation, NOW, action=permission)
    action = actions.BY_PERMISSION[permission]
    explanation = explain(person, action, generation, asked_by=Principal(person, uuid4()))
    assert explanation is not None
    decision = explanation.decision
    said = rules.Verdict(decision.is_allowed, decision.access_method, decision.effective_role, decision.permissions)
    assert said == verdict
    assert bool(explanation.paths) is verdict.is_allowed
    assert bool(explanation.failed_rules) is not verdict.is_allowed
    if verdict.is_allowed:
        assert explanation.paths[0].path.method in rules.METHODS
        assert {str(it.path.method) for it in explanation.paths} >= {verdict.method}
    elif not {"account", "state"} & set(reasons(explanation)):
        assert set(reasons(explanation)) == set(rules.METHODS)


class TestPaths:
    def test_every_path_that_allows_it_is_named(self, owner: Person) -> None:
        home, abroad = new_team(viewer=owner.user, name="Home"), new_team(name="Abroad")
        generation, person = make(owner, project=new_project(home)), user_factory()
        join(home, person, Role.MEMBER)
        join(abroad, person, Role.OWNER)
        ends_at = database_now() + HOUR
        share = shared(generation, abroad, role=Role.MEMBER, expires_at=ends_at)
        delegation = delegated(generation, READ, by=owner.user, to=person)
        grant(generation, READ, to=person)
        body = ask(owner, generation, user=person.id).json()
        assert (body["access_granted"], body["access_method"], body["effective_role"]) == (
            True,
            "team_membership",
            "member",
        )
        assert body["failed_rules"] == []
        paths = {path["access_method"]: path for path in body["paths"]}
        assert paths["team_membership"]["source"] == {"kind": "team", "id": str(home.id), "name": "Home"}
        assert paths["team_share"]["source"] == {"kind": "share", "id": str(share.id), "name": "Abroad"}
        assert paths["team_share"]["ends_at"] == in_text(ends_at)
        assert paths["delegation"]["source"]["id"] == str(delegation.id)
        assert paths["delegation"]["permissions"] == ["read"]
        assert paths["object_grant"]["source"] is None

    def test_a_path_that_gives_something_else_is_none(self, owner: Person) -> None:
        team = new_team(viewer=owner.user)
        generation, person = make(owner, project=new_project(team)), user_factory()
        join(team, person, Role.VIEWER)
        delegated(generation, WRITE, by=owner.user, to=person)
        assert [str(it.path.method) for it in why(person, generation, WRITE).paths] == ["delegation"]

    def test_without_a_name_it_is_about_the_caller(self, owner: Person) -> None:
        body = ask(owner, make(owner), action="delete").json()
        assert (body["user"], body["action"], body["paths"][0]["access_method"]) == (
            str(owner.user.id),
            "delete",
            "direct_ownership",
        )


class TestDenials:
    def test_a_stranger_of_a_personal_generation(self, owner: Person) -> None:
        assert reasons(why(user_factory(), make(owner))) == {
            "direct_ownership": ["not_the_creator"],
            "team_membership": ["not_in_a_project"],
            "project_membership": ["not_in_a_project"],
            "team_share": ["not_shared"],
            "delegation": ["not_delegated"],
            "object_grant": ["not_granted"],
            "break_glass": ["not_a_superuser"],
        }

    def test_the_role_that_is_missing_is_named(self, owner: Person) -> None:
        team = new_team(viewer=owner.user, name="Animators")
        generation, person = make(owner, project=new_project(team)), user_factory()
        explanation = why(person, generation, WRITE)
        assert reasons(explanation)["team_membership"] == ["no_role"]
        join(team, person, Role.VIEWER)
        explanation = why(person, generation, WRITE)
        (failure,) = [it for it in explanation.failed_rules if it.rule == "team_membership"]
        assert (failure.reason, failure.change) == (
            "role_too_low",
            "Give them the role of member or higher in the team Animators.",
        )
        join(Team.objects.get(id=team.id), user_factory(), Role.MEMBER)
        person.memberships.update(role=Role.MEMBER)
        assert why(person, generation, WRITE).decision.is_allowed

    def test_a_restricted_project(self, owner: Person) -> None:
        team = new_team(viewer=owner.user)
        generation = make(owner, project=new_project(team, visibility="restricted"))
        person = user_factory()
        join(team, person, Role.MEMBER)
        found = reasons(why(person, generation))
        assert (found["team_membership"], found["project_membership"]) == (["project_restricted"], ["no_role"])

    def test_an_archived_team_above(self, owner: Person) -> None:
        root = new_team(name="Studio")
        team = new_team(parent=root, owner=owner.user)
        generation = make(owner, project=new_project(team))
        Team.objects.filter(id=root.id).update(archived_at=database_now())
        explanation = why(owner.user, generation)
        assert reasons(explanation)["direct_ownership"] == reasons(explanation)["team_membership"] == ["team_archived"]
        assert changes(explanation)["team_archived"] == "Restore the team Studio."

    @pytest.mark.parametrize(
        ("share", "permission", "expected"),
        [
            ({"starts": 1}, READ, ["not_begun"]),
            ({"ends": -1, "starts": -2}, READ, ["over"]),
            ({"role": Role.VIEWER}, WRITE, ["share_too_low"]),
            ({"role": Role.MEMBER}, SHARE, ["beyond_a_share"]),
            ({"is_member": False}, READ, ["no_role"]),
        ],
    )
    def test_a_share_that_does_not_reach(
        self, owner: Person, share: dict[str, Any], permission: Permission, expected: list[str]
    ) -> None:
        generation, team, person = make(owner), new_team(), user_factory()
        now = database_now()
        if share.get("is_member", True):
            join(team, person, Role.MEMBER)
        shared(
            generation,
            team,
            role=share.get("role", Role.MEMBER),
            starts_at=now + share.get("starts", -3) * HOUR,
            expires_at=now + share.get("ends", 3) * HOUR,
        )
        assert reasons(why(person, generation, permission))["team_share"] == expected

    def test_a_delegation_that_does_not_reach(self, owner: Person) -> None:
        generation, person, delegator = make(owner), user_factory(), user_factory(display_name="Dora")
        now = database_now()
        delegated(generation, READ, by=delegator, to=person, expires_at=now + 3 * HOUR)
        delegated(generation, WRITE, by=owner.user, to=person, expires_at=now + 2 * HOUR)
        delegated(generation, READ, by=owner.user, to=person, starts_at=now + HOUR / 2, expires_at=now + HOUR)
        explanation = why(person, generation)
        assert reasons(explanation)["delegation"] == ["delegator_lost_it", "permission_not_delegated", "not_begun"]
        assert changes(explanation)["delegator_lost_it"] == "Give read to Dora."

    @pytest.mark.parametrize(
        ("state", "permission", "reason"),
        [
            ("archived_at", WRITE, "resource_archived"),
            ("quarantined_at", WRITE, "resource_quarantined"),
            ("deleted_at", READ, "resource_deleted"),
        ],
    )
    def test_a_state_that_leaves_nothing(self, owner: Person, state: str, permission: Permission, reason: str) -> None:
        explanation = why(owner.user, make(owner, **{state: database_now()}), permission)
        assert reasons(explanation)["state"] == [reason]
        assert "direct_ownership" not in reasons(explanation)

    def test_unknown_and_closed_accounts_look_alike(self, owner: Person) -> None:
        generation = make(owner)
        closed = user_factory(status=AccountStatus.SUSPENDED)
        bodies = [ask(owner, generation, user=user).json() for user in (closed.id, uuid4())]
        assert bodies[0]["failed_rules"] == bodies[1]["failed_rules"]
        assert bodies[0]["failed_rules"][0]["reason"] == "account_not_active"

    def test_a_superuser_is_told_to_break_the_glass(self, owner: Person) -> None:
        found = why(user_factory(is_superuser=True), make(owner))
        assert reasons(found)["break_glass"] == ["glass_not_broken"]


class TestWhoMayAsk:
    def test_operators_may_and_see_nothing_of_it(self, owner: Person) -> None:
        generation = make(owner, title="Secret fox")
        operator = signed_in(user_factory(is_staff=True, is_superuser=True))
        answer = ask(operator, generation, user=owner.user.id)
        assert answer.status_code == 200
        assert "Secret fox" not in answer.content.decode()
        assert ask(operator, Generation(id=uuid4())).status_code == 404

    @pytest.mark.parametrize("flags", [{}, {"is_staff": True}, {"is_superuser": True}])
    def test_others_may_not(self, owner: Person, flags: dict[str, bool]) -> None:
        asking = signed_in(user_factory(**flags))
        assert ask(asking, make(owner)).status_code == 404

    def test_readers_may_not(self, owner: Person, mallory: Person) -> None:
        generation = make(owner)
        shared(generation, new_team(owner=mallory.user))
        assert ask(mallory, generation).status_code == 403
        assert mallory.client.get(f"/api/v1/generations/{generation.id}/access").status_code == 403

    def test_asking_leaves_a_record_and_decides_nothing(self, owner: Person) -> None:
        generation, person = make(owner), user_factory()
        ask(owner, generation, user=person.id, action="write")
        event = trail().get(name="authorization.explained")
        assert (event.actor_id, event.resource_id) == (owner.user.id, generation.id)
        assert event.details == {"about_user": str(person.id), "action": "generation:write"}
        assert not trail().filter(name="authorization.decision").exclude(actor_id=owner.user.id).exists()


class TestAccess:
    def test_everybody_who_reaches_it_by_name(self, owner: Person) -> None:
        User.objects.filter(id=owner.user.id).update(display_name="Anna")
        generation, team = make(owner), new_team(member=user_factory(display_name="Bert"))
        User.objects.filter(memberships__team=team, memberships__role=Role.OWNER).update(display_name="Carl")
        shared(generation, team, role=Role.VIEWER)
        grant(generation, WRITE, to=user_factory(display_name="Dora"))
        delegated(generation, READ, by=owner.user, to=user_factory(display_name="Emil", status="suspended"))
        page = owner.client.get(f"/api/v1/generations/{generation.id}/access").json()["results"]
        assert [
            (it["who"]["display_name"], it["permissions"], it["access_method"], it["effective_role"]) for it in page
        ] == [
            ("Anna", ["read", "write", "share", "delete"], "direct_ownership", "owner"),
            ("Bert", ["read"], "team_share", "viewer"),
            ("Carl", ["read"], "team_share", "viewer"),
            ("Dora", ["write"], "object_grant", "grantee"),
        ]
        assert set(page[0]["who"]) == {"id", "display_name"}

    def test_pages_are_one_statement_each(self, owner: Person) -> None:
        generation, team = make(owner), new_team()
        shared(generation, team)
        for _ in range(30):
            join(team, user_factory(), Role.VIEWER)
        path = f"/api/v1/generations/{generation.id}/access"
        with CaptureQueriesContext(connection) as queries:
            first = owner.client.get(path, {"limit": 20}).json()
        assert len([it for it in queries if "SAVEPOINT" not in it["sql"]]) == 2  # facts, page
        seen = first["results"] + owner.client.get(first["next"]).json()["results"]
        assert len({it["who"]["id"] for it in seen}) == len(seen) == 32

    def test_to_others_there_is_nothing(self, owner: Person, mallory: Person) -> None:
        assert mallory.client.get(f"/api/v1/generations/{make(owner).id}/access").status_code == 404
