"""Changes that meet: in whatever order, the rules hold afterwards; of two that exclude each other one is refused."""

from collections.abc import Callable
from threading import Event
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction

from accounts.models import AccountStatus, User
from authorization.roles import Role
from teams.actions import MANAGE_MEMBERS
from teams.models import Membership, Team, TeamAncestor
from teams.services.acceptance import accept_invitation
from teams.services.changes import changing_team
from teams.services.creation import create_child_team, rename_team
from teams.services.invitations import invite
from teams.services.locking import begin_change
from teams.services.membership import change_role, leave_team, remove_member, transfer_team
from teams.services.refusals import refusal_of
from teams.services.tree import archive_team, move_team
from tests.support.trail import trail
from tests.teams.conftest import Person, all_at_once, child_of, join, roles_in, root_team, somebody
from velro.errors import VelroError

pytestmark = pytest.mark.django_db(transaction=True)

Work = Callable[[], Any]
each_round = pytest.mark.usefixtures("turn")


@pytest.fixture(params=range(3))
def turn(request: pytest.FixtureRequest) -> int:
    """A race is run more than once, because who wins is chance."""
    return int(request.param)


def outcome_of(work: Work) -> Work:
    """Its name: `done`, or the code of the refusal."""

    def run() -> str:
        try:
            work()
        except VelroError as refusal:
            return refusal.code
        return "done"

    return run


def race(*works: Work) -> list[str]:
    return sorted(all_at_once(*(outcome_of(work) for work in works)))


def deactivate(person: Person) -> None:
    """As closing an account does, which knows no teams: the rule is the database's."""
    try:
        User.objects.filter(id=person.id).update(status=AccountStatus.DEACTIVATED)
    except IntegrityError as error:
        raise refusal_of(error) or AssertionError from error


def paths_by_parents(team_id: UUID) -> list[UUID]:
    """From the team up, by its parents alone."""
    found = [team_id]
    while (parent := Team.objects.get(id=found[-1]).parent_id) is not None:
        found.append(parent)
    return found


def assert_ancestors_are_true() -> None:
    for team_id in Team.objects.values_list("id", flat=True):
        kept = TeamAncestor.objects.filter(descendant_id=team_id).order_by("distance")
        assert list(kept.values_list("ancestor_id", flat=True)) == paths_by_parents(team_id)


@each_round
def test_of_two_owners_who_demote_each_other_one_stays(owner: Person) -> None:
    team, other = root_team(owner), somebody()
    join(team, other, Role.OWNER)

    first, second = race(
        lambda: change_role(team.id, principal=owner.principal, user_id=other.id, role=Role.MEMBER),
        lambda: change_role(team.id, principal=other.principal, user_id=owner.id, role=Role.MEMBER),
    )

    assert (first, second) == ("done", "permission_denied")
    assert sorted(roles_in(team).values()) == [Role.MEMBER, Role.OWNER]


@each_round
def test_of_two_owners_who_remove_each_other_one_stays(owner: Person) -> None:
    team, other = root_team(owner), somebody()
    join(team, other, Role.OWNER)

    outcomes = race(
        lambda: remove_member(team.id, principal=owner.principal, user_id=other.id),
        lambda: remove_member(team.id, principal=other.principal, user_id=owner.id),
    )

    assert outcomes == ["done", "not_found"]
    assert list(roles_in(team).values()) == [Role.OWNER]


@each_round
def test_of_two_owners_who_leave_one_stays(owner: Person) -> None:
    team, other = root_team(owner), somebody()
    join(team, other, Role.OWNER)

    outcomes = race(*(lambda it=it: leave_team(team.id, principal=it.principal) for it in (owner, other)))

    assert outcomes == ["done", "last_owner"]
    assert list(roles_in(team).values()) == [Role.OWNER]


@each_round
def test_one_owner_leaves_or_the_other_closes_their_account(owner: Person) -> None:
    team, other = root_team(owner), somebody()
    join(team, other, Role.OWNER)

    outcomes = race(lambda: leave_team(team.id, principal=owner.principal), lambda: deactivate(other))

    assert outcomes == ["done", "last_owner"]
    assert Membership.objects.filter(team=team, role=Role.OWNER, user__status=AccountStatus.ACTIVE).count() == 1


@each_round
def test_who_leaves_while_closing_their_account_is_gone(owner: Person) -> None:
    team, other = root_team(owner), somebody()
    join(team, other, Role.OWNER)

    outcomes = race(lambda: leave_team(team.id, principal=other.principal), lambda: deactivate(other))

    assert outcomes in (["done", "done"], ["done", "not_found"])
    assert User.objects.get(id=other.id).status == AccountStatus.DEACTIVATED


@each_round
def test_a_team_is_handed_over_or_the_heir_goes(owner: Person) -> None:
    team, heir = root_team(owner), somebody()
    join(team, heir, Role.MEMBER)

    outcomes = race(
        lambda: transfer_team(team.id, principal=owner.principal, user_id=heir.id), lambda: deactivate(heir)
    )

    assert outcomes in (["done", "invalid_input"], ["done", "last_owner"])
    assert Membership.objects.filter(team=team, role=Role.OWNER, user__status=AccountStatus.ACTIVE).count() == 1


@each_round
def test_two_moves_never_make_a_cycle(owner: Person) -> None:
    root = root_team(owner)
    left, right = child_of(root, "Left"), child_of(root, "Right")

    outcomes = race(
        lambda: move_team(left.id, principal=owner.principal, parent_id=right.id),
        lambda: move_team(right.id, principal=owner.principal, parent_id=left.id),
    )

    assert outcomes == ["done", "team_cycle"]
    assert_ancestors_are_true()


@each_round
def test_two_moves_by_sql_never_make_a_cycle(owner: Person) -> None:
    root = root_team(owner)
    left, right = child_of(root, "Left"), child_of(root, "Right")

    def move(team: Team, parent: Team) -> str:
        try:
            return "done" if Team.objects.filter(id=team.id).update(parent=parent) else "absent"
        except DatabaseError:
            # A cycle, or a deadlock, which PostgreSQL ends: without a service nobody locks in order.
            return "refused"

    assert sorted(all_at_once(lambda: move(left, right), lambda: move(right, left))) == ["done", "refused"]
    assert_ancestors_are_true()


@each_round
def test_teams_added_below_a_team_that_moves_know_all_their_ancestors(owner: Person) -> None:
    root = root_team(owner)
    film, sound = child_of(root, "Film"), child_of(root, "Sound")
    cut = child_of(film, "Cut")

    outcomes = race(
        lambda: move_team(film.id, principal=owner.principal, parent_id=sound.id),
        *[lambda: create_child_team(cut.id, principal=owner.principal, name="New")] * 3,
        lambda: Team.objects.create(name="By hand", slug="by-hand", parent=cut),
    )

    assert outcomes == ["done"] * 5
    assert sorted(Team.objects.filter(name="New").values_list("slug", flat=True)) == ["new", "new-2", "new-3"]
    assert_ancestors_are_true()


@each_round
def test_a_team_added_while_its_parent_is_archived_is_closed(owner: Person) -> None:
    root = root_team(owner)
    film = child_of(root, "Film")

    race(
        lambda: archive_team(root.id, principal=owner.principal),
        lambda: create_child_team(film.id, principal=owner.principal, name="New"),
    )

    assert set(Team.objects.values_list("is_closed", flat=True)) == {True}


@each_round
def test_a_letter_makes_one_member_once(owner: Person) -> None:
    team, ada = root_team(owner), somebody()
    token = invite(team.id, principal=owner.principal, email=ada.user.email, role=Role.MEMBER).token or ""

    outcomes = race(*[lambda: accept_invitation(token, principal=ada.principal)] * 4)

    assert outcomes == ["done", *["invalid_input"] * 3]
    assert roles_in(team)[ada.id] is Role.MEMBER


@each_round
def test_two_letters_to_one_address_leave_one_open(owner: Person) -> None:
    team = root_team(owner)

    outcomes = race(*[lambda: invite(team.id, principal=owner.principal, email="ada@velro.test", role=Role.VIEWER)] * 3)

    assert outcomes == ["done"] * 3
    assert team.invitations.filter(withdrawn_at=None).count() == 1


def hurried(work: Work) -> Work:
    """Gives up as soon as it would have to wait for somebody else."""

    def run() -> str:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '100ms'")
                work()
        except OperationalError as error:
            return "waits" if "lock timeout" in str(error) else str(error)
        return "done"

    return run


def test_what_a_right_depends_on_stays_until_the_change_is_done(owner: Person) -> None:
    root, admin = root_team(owner), somebody()
    own = join(root, admin, Role.ADMIN)
    film = child_of(root, "Film")
    takers: list[Work] = [
        lambda: Membership.objects.filter(id=own.id).update(role=Role.VIEWER),
        lambda: Membership.objects.filter(id=own.id).delete(),
        lambda: User.objects.filter(id=admin.id).update(status=AccountStatus.SUSPENDED),
        lambda: Team.objects.filter(id=film.id).update(parent=None),
        lambda: move_team(film.id, principal=owner.principal, parent_id=None),
        lambda: archive_team(root.id, principal=owner.principal),
    ]

    with changing_team(film.id, principal=admin.principal, action=MANAGE_MEMBERS):
        outcomes = [all_at_once(hurried(taker))[0] for taker in takers]
        beside = all_at_once(hurried(lambda: rename_team(root.id, principal=owner.principal, name="Other")))

    assert outcomes == ["waits"] * len(takers)
    assert beside == ["done"]


def wait_for_somebody_at_the_tree() -> None:
    """Return once another connection waits for the lock of the tree."""
    with connection.cursor() as cursor:
        for _ in range(1000):
            cursor.execute("SELECT count(*), pg_sleep(0.01) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody came")


@pytest.mark.parametrize("deed", ["change_role", "move_to_parent"])
def test_a_right_that_is_lost_between_the_decision_and_the_lock_is_lost(owner: Person, deed: str) -> None:
    root, admin, target = root_team(owner), somebody(), somebody()
    own = join(root, admin, Role.ADMIN)
    join(root, target, Role.VIEWER)
    mine = root_team(admin, "Mine")
    works: dict[str, Work] = {
        "change_role": lambda: change_role(root.id, principal=admin.principal, user_id=target.id, role=Role.MEMBER),
        "move_to_parent": lambda: move_team(mine.id, principal=admin.principal, parent_id=root.id),
    }

    def demote_in_between() -> None:
        with transaction.atomic():
            begin_change(None, is_of_tree=True)
            held.set()
            wait_for_somebody_at_the_tree()
            Membership.objects.filter(id=own.id).update(role=Role.MEMBER)

    def act() -> str:
        assert held.wait(timeout=20)
        return str(outcome_of(works[deed])())

    held = Event()
    assert all_at_once(demote_in_between, act)[1] == "permission_denied"
    assert trail().filter(name="team.change_refused", actor_id=admin.id).exists()


@each_round
def test_a_demotion_comes_before_a_change_or_after_it(owner: Person) -> None:
    team, admin, target = root_team(owner), somebody(), somebody()
    join(team, admin, Role.ADMIN)
    join(team, target, Role.VIEWER)

    outcomes = race(
        lambda: change_role(team.id, principal=owner.principal, user_id=admin.id, role=Role.MEMBER),
        lambda: change_role(team.id, principal=admin.principal, user_id=target.id, role=Role.MEMBER),
    )

    is_after = roles_in(team)[target.id] is Role.VIEWER
    assert outcomes == (["done", "permission_denied"] if is_after else ["done", "done"])
