"""What holds whoever writes: bulk calls, QuerySets and SQL that no service stands in the way of."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from accounts.models import AccountStatus, User
from authorization.roles import Role
from teams.models import Membership, Project, ProjectMembership, Team, TeamAncestor
from teams.models.triggers import ACYCLIC, DEPTH, ESCALATION, LAST_OWNER, PARENT_FIRST
from teams.services.locking import act_as
from tests.teams.conftest import Person, chain_below, child_of, join, roles_in, root_team, somebody

pytestmark = pytest.mark.django_db

Work = Callable[[], Any]


def sql(statement: str, *parameters: Any) -> Work:
    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)

    return run


def end_of_transaction() -> None:
    """What PostgreSQL does at COMMIT, which a test never reaches."""
    sql("SET CONSTRAINTS ALL IMMEDIATE")()
    sql("SET CONSTRAINTS ALL DEFERRED")()


def rule_broken_by(work: Work) -> str | None:
    """The name of the rule with which the database refuses; None if it does not."""
    try:
        with transaction.atomic():
            work()
            end_of_transaction()
    except IntegrityError as error:
        return error.__cause__.diag.constraint_name if isinstance(error.__cause__, psycopg.Error) else None
    return None


def refused_outright() -> AbstractContextManager[Any]:
    return pytest.raises(ProgrammingError, match="Cannot")


class TestLastOwner:
    def test_no_writer_takes_the_last_owner_of_a_root(self, owner: Person, studio: Team) -> None:
        own = Membership.objects.filter(team=studio, user=owner.user)
        works: list[Work] = [
            lambda: own.update(role=Role.ADMIN),
            own.delete,
            lambda: Membership.objects.filter(team=studio).delete(),
            lambda: own.update(team=child_of(studio)),
            lambda: own.update(user=somebody(status=AccountStatus.SUSPENDED).user),
            lambda: User.objects.filter(id=owner.id).update(status=AccountStatus.DEACTIVATED),
            lambda: User.objects.filter(id=owner.id).delete(),
            sql("UPDATE teams_membership SET role = 1 WHERE user_id = %s", owner.id),
            sql("DELETE FROM teams_membership WHERE user_id = %s", owner.id),
            sql("UPDATE accounts_user SET status = 'deactivated' WHERE id = %s", owner.id),
        ]

        assert [rule_broken_by(work) for work in works] == [LAST_OWNER] * len(works)
        assert roles_in(studio)[owner.id] is Role.OWNER

    def test_no_root_begins_without_one(self, owner: Person, studio: Team) -> None:
        child = child_of(studio)
        works: list[Work] = [
            lambda: Team.objects.bulk_create([Team(name="A", slug="a")]),
            lambda: Team.objects.filter(id=child.id).update(parent=None),
            sql("UPDATE teams_team SET parent_id = NULL WHERE id = %s", child.id),
        ]

        assert [rule_broken_by(work) for work in works] == [LAST_OWNER] * 3

    def test_owners_may_change_places_within_one_transaction(self, owner: Person, admin: Person, studio: Team) -> None:
        with transaction.atomic():
            Membership.objects.filter(user=owner.user).update(role=Role.ADMIN)
            Membership.objects.filter(user=admin.user).update(role=Role.OWNER)
            end_of_transaction()

        assert roles_in(studio)[admin.id] is Role.OWNER

    def test_a_root_goes_with_its_owner(self, studio: Team) -> None:
        studio.delete()
        end_of_transaction()

        assert not Membership.objects.exists()


class TestTree:
    def test_no_writer_makes_a_cycle(self, studio: Team, owner: Person) -> None:
        film = child_of(studio)
        cut = child_of(film)
        other = root_team(owner, "Other")
        works: list[Work] = [
            lambda: Team.objects.filter(id=film.id).update(parent=cut),
            lambda: Team.objects.filter(id=studio.id).update(parent=cut),
            sql("UPDATE teams_team SET parent_id = %s WHERE id = %s", film.id, studio.id),
            lambda: Team.objects.bulk_update([Team(id=film.id, parent=cut)], ["parent"]),
            # Each of the two alone would be no cycle.
            sql(
                "UPDATE teams_team SET parent_id = CASE id WHEN %s THEN %s ELSE %s END WHERE id IN (%s, %s)",
                *(studio.id, other.id, studio.id, studio.id, other.id),
            ),
        ]

        assert [rule_broken_by(work) for work in works] == [ACYCLIC] * len(works)
        assert (
            rule_broken_by(lambda: Team.objects.filter(id=film.id).update(parent=film)) == "team_is_not_its_own_parent"
        )

    def test_no_writer_makes_an_eleventh_level(self, studio: Team, owner: Person) -> None:
        deepest = chain_below(studio, 9)[-1]
        other = chain_below(root_team(owner, "Other"), 1)
        works: list[Work] = [
            lambda: child_of(deepest),
            lambda: Team.objects.bulk_create([Team(name="A", slug="a", parent=deepest)]),
            lambda: Team.objects.filter(id=other[1].id).update(parent=deepest),
            lambda: Team.objects.filter(id=other[0].id).update(parent=deepest.parent),
            sql("UPDATE teams_team SET parent_id = %s WHERE id = %s", deepest.id, other[1].id),
        ]

        assert [rule_broken_by(work) for work in works] == [DEPTH] * len(works)
        assert TeamAncestor.objects.filter(descendant=deepest).count() == 10

    def test_a_child_is_not_stored_before_its_parent(self, studio: Team) -> None:
        parent = Team(name="Parent", slug="parent", parent=studio)
        child = Team(name="Child", slug="child", parent=parent)

        assert rule_broken_by(lambda: Team.objects.bulk_create([child, parent])) == PARENT_FIRST
        assert rule_broken_by(lambda: Team.objects.bulk_create([parent, child])) is None
        assert TeamAncestor.objects.filter(descendant=child).count() == 3

    def test_nobody_writes_the_ancestors_themselves(self, studio: Team, owner: Person) -> None:
        film, other = child_of(studio), root_team(owner, "Other")
        works: list[Work] = [
            lambda: TeamAncestor.objects.create(descendant=film, ancestor=other, distance=1),
            lambda: TeamAncestor.objects.bulk_create([TeamAncestor(descendant=film, ancestor=other, distance=1)]),
            lambda: TeamAncestor.objects.filter(descendant=film).update(distance=0),
            lambda: TeamAncestor.objects.filter(descendant=film).delete(),
            sql("DELETE FROM teams_teamancestor"),
            sql("UPDATE teams_teamancestor SET ancestor_id = descendant_id"),
        ]
        for work in works:
            with refused_outright(), transaction.atomic():
                work()

    def test_nobody_opens_what_an_archived_team_closes(self, studio: Team, owner: Person) -> None:
        film = child_of(studio)
        owner.post(f"/{studio.id}/archive")
        film.refresh_from_db()

        Team.objects.filter(id=film.id).update(is_closed=False)
        film.is_closed = False
        film.save()

        film.refresh_from_db()
        assert film.is_closed

    def test_ten_thousand_siblings_have_one_way_up_each(self, studio: Team) -> None:
        Team.objects.bulk_create(Team(name="A", slug=f"a-{number}", parent=studio) for number in range(10_000))

        assert TeamAncestor.objects.filter(ancestor=studio).count() == 10_001


class TestEscalation:
    """With the actor named, as every service does; `act_as(None)` is the system."""

    @pytest.mark.parametrize("given", list(Role))
    @pytest.mark.parametrize("own", list(Role))
    def test_no_row_gives_what_is_not_below_the_role_of_who_acts(self, studio: Team, own: Role, given: Role) -> None:
        actor, target = somebody(), somebody()
        join(studio, actor, own)
        row = Membership(team=child_of(studio), user=target.user, role=given)
        act_as(actor.id)

        def insert() -> Any:
            return Membership.objects.bulk_create([row])

        if own is Role.OWNER or given.rank < own.rank:
            insert()
        else:
            assert rule_broken_by(insert) == ESCALATION

    def test_no_admin_touches_who_is_not_below_them(
        self, owner: Person, admin: Person, member: Person, studio: Team
    ) -> None:
        second = join(studio, somebody(), Role.ADMIN)
        act_as(admin.id)
        theirs = Membership.objects.filter(team=studio)
        works: list[Work] = [
            lambda: theirs.filter(user=owner.user).update(role=Role.VIEWER),
            lambda: theirs.filter(id=second.id).update(role=Role.VIEWER),
            theirs.filter(id=second.id).delete,
            lambda: theirs.filter(user=member.user).update(role=Role.ADMIN),
            lambda: theirs.filter(user=admin.user).update(role=Role.OWNER),
            sql("UPDATE teams_membership SET role = 4 WHERE user_id = %s", admin.id),
            lambda: join(studio, somebody(), Role.OWNER),
        ]

        assert [rule_broken_by(work) for work in works] == [ESCALATION] * len(works)

    def test_a_stranger_gives_nothing(self, mallory: Person, studio: Team) -> None:
        act_as(mallory.id)

        for role in Role:
            assert rule_broken_by(lambda role=role: join(studio, mallory, role)) == ESCALATION  # type: ignore[misc]  # a default binds it

    def test_a_project_role_is_below_the_role_of_who_gives_it(
        self, admin: Person, member: Person, viewer: Person, studio: Team
    ) -> None:
        project = Project.objects.create(team=studio, name="Launch")

        def give(role: Role) -> Any:
            return ProjectMembership.objects.create(project=project, user=viewer.user, role=role)

        act_as(member.id)
        assert rule_broken_by(lambda: give(Role.MEMBER)) == ESCALATION
        act_as(admin.id)
        assert rule_broken_by(lambda: give(Role.ADMIN)) == ESCALATION
        assert give(Role.MEMBER)

    def test_everybody_may_go(self, admin: Person, studio: Team) -> None:
        act_as(admin.id)

        Membership.objects.filter(user=admin.user).delete()

        assert admin.id not in roles_in(studio)


def test_a_service_leaves_no_actor_behind(owner: Person, member: Person, studio: Team) -> None:
    requests: list[Work] = [
        lambda: owner.patch(f"/{studio.id}/members/{member.id}", role="viewer"),
        lambda: owner.patch(f"/{studio.id}/members/{owner.id}", role="viewer"),
        lambda: owner.post(name="Another"),
    ]
    for request in requests:
        assert request().status_code in {200, 201, 409}
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('velro.actor', true)")
            assert cursor.fetchone()[0] in {"", None}


def test_ids_of_absent_people_are_refused(studio: Team) -> None:
    absent: UUID = uuid4()

    assert rule_broken_by(lambda: Membership.objects.create(team=studio, user_id=absent, role=Role.VIEWER))
