"""Passing something on while the right to do so is being taken away: who takes away waits, or comes first."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.models import AccountStatus, User
from authorization.errors import PermissionDenied
from authorization.roles import Permission, Role
from generations.models import Delegation, Generation, Share
from generations.services.authority import hold_rights
from generations.services.delegations import DelegationWish, delegate_generation
from generations.services.sharing import ShareWish, share_generation
from teams.models import Membership, Project, Team
from tests.generations.conftest import signed_in
from tests.generations.places import HOUR, join, new_project, new_team
from tests.generations.test_read_and_delete import make
from tests.support.factories import user_factory
from velro.database_clock import database_now
from velro.errors import NotFound, VelroError

pytestmark = pytest.mark.django_db(transaction=True)

# Not pg_stat_activity, which a transaction reads once and remembers.
WAITERS = "SELECT count(*) FROM pg_locks WHERE NOT granted"
Work = Callable[[], Any]


class Place:
    """A generation of a project that `admin` may share with `team`."""

    def __init__(self) -> None:
        self.admin, self.reader = signed_in(user_factory()), user_factory()
        self.home, self.team = new_team(), new_team(viewer=self.admin.user)
        self.membership = join(self.home, self.admin.user, Role.ADMIN)
        self.generation: Generation = make(signed_in(user_factory()), project=new_project(self.home))

    def share(self) -> Share:
        return share_generation(
            self.admin.principal,
            self.generation.id,
            wish=ShareWish(self.team.id, Role.VIEWER),
            check=lambda _: None,
        )

    def delegate(self) -> Delegation:
        wish = DelegationWish(self.reader.id, frozenset({Permission.WRITE}), expires_at=database_now() + HOUR)
        return delegate_generation(self.admin.principal, self.generation.id, wish=wish)


@pytest.fixture
def place() -> Place:
    with transaction.atomic():
        return Place()


def beside(work: Work, *, while_held: Work) -> Any:
    """What comes of `work`, begun while a transaction has done `while_held`, and ended after that is committed."""

    def run() -> Any:
        try:
            return work()
        except VelroError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads:
        with transaction.atomic():
            while_held()
            outcome = threads.submit(run)
            wait_for_waiter()
        return outcome.result(timeout=20)


def wait_for_waiter() -> None:
    """Return once somebody waits for a lock."""
    paused = threading.Event()
    for _ in range(2000):
        with connection.cursor() as cursor:
            cursor.execute(WAITERS)
            if cursor.fetchone()[0]:
                return
        paused.wait(0.005)
    raise AssertionError("nobody waited")


def demote(place: Place) -> int:
    return Membership.objects.filter(id=place.membership.id).update(role=Role.VIEWER)


def test_a_demotion_in_flight_wins_over_a_share(place: Place) -> None:
    outcome = beside(place.share, while_held=lambda: demote(place))
    assert isinstance(outcome, PermissionDenied)
    assert not Share.objects.exists()


def test_a_demotion_in_flight_wins_over_a_delegation(place: Place) -> None:
    outcome = beside(place.delegate, while_held=lambda: demote(place))
    assert isinstance(outcome, PermissionDenied)
    assert not Delegation.objects.exists()


def test_archiving_in_flight_wins(place: Place) -> None:
    outcome = beside(
        place.share, while_held=lambda: Team.objects.filter(id=place.home.id).update(archived_at=database_now())
    )
    assert isinstance(outcome, NotFound)


def test_closing_an_account_in_flight_wins(place: Place) -> None:
    def suspend() -> None:
        User.objects.filter(id=place.reader.id).update(status=AccountStatus.SUSPENDED)

    outcome = beside(place.delegate, while_held=suspend)
    assert getattr(outcome, "code", None) == "invalid_input"


def test_a_demotion_waits_for_a_share_that_has_begun(place: Place) -> None:
    assert beside(lambda: demote(place), while_held=place.share) == 1
    assert Share.objects.count() == 1


@pytest.mark.parametrize(
    "take_away",
    [
        pytest.param(demote, id="membership"),
        pytest.param(lambda it: Team.objects.filter(id=it.home.id).update(archived_at=database_now()), id="archive"),
        pytest.param(lambda it: User.objects.filter(id=it.admin.user.id).update(status="suspended"), id="account"),
        pytest.param(lambda it: Generation.objects.filter(id=it.generation.id).update(deleted_at=None), id="state"),
        pytest.param(lambda _: Project.objects.update(visibility="restricted"), id="project"),
    ],
)
def test_nothing_that_a_right_rests_on_changes_meanwhile(place: Place, take_away: Callable[[Place], Any]) -> None:
    """`beside` fails unless the change had to wait."""
    assert beside(lambda: take_away(place), while_held=lambda: hold_rights(place.admin.user.id, place.generation.id))


def test_two_at_once_leave_one_share(place: Place) -> None:
    second = beside(place.share, while_held=place.share)
    assert second.id == Share.objects.get().id
