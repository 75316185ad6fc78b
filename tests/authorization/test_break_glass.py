"""What an operator must do to see something of somebody else's, and who hears of it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.db import connection

from accounts.models import AccountStatus, User
from accounts.services.account_status import suspend_account
from authorization import engine
from authorization.break_glass import Breaking, break_glass, mend_glass, open_glass
from authorization.errors import GlassAlreadyBroken, PermissionDenied
from authorization.facts import AccessMethod, Principal
from authorization.models import BreakGlassGrant
from authorization.roles import Permission
from generations import actions
from generations.models import Generation
from tests.generations.conftest import signed_in
from tests.generations.places import held
from tests.generations.test_read_and_delete import make
from tests.support.factories import user_factory
from tests.support.trail import trail
from tests.support.work import run_due_work
from velro.audit.services import SYSTEM, Actor
from velro.errors import InvalidInput, NotFound

pytestmark = pytest.mark.django_db

REASON = "A court asked for this picture, case 12/2026."


@pytest.fixture
def operator() -> User:
    return user_factory(is_staff=True, is_superuser=True, display_name="Olga")


@pytest.fixture
def generation() -> Generation:
    return make(signed_in(user_factory()), title="Secret fox")


def opened(operator: User, generation: Generation, **wish: Any) -> BreakGlassGrant:
    defaults: dict[str, Any] = {"resource_type": "generation", "resource_id": generation.id, "reason": REASON}
    breaking = Breaking(**defaults | wish)
    return break_glass(breaking, actor=Actor(operator.id))


def test_being_a_superuser_shows_nothing_and_breaking_the_glass_lets_read(
    operator: User, generation: Generation
) -> None:
    assert held(operator, generation) == set()
    grant = opened(operator, generation)
    assert held(operator, generation) == {Permission.READ}
    assert grant.expires_at - grant.opened_at == timedelta(minutes=15)
    assert [it.id for it in open_glass()] == [grant.id]


def test_opening_and_each_use_and_closing_are_in_the_trail(operator: User, generation: Generation) -> None:
    grant = opened(operator, generation)
    decision = engine.decide(Principal(operator.id, uuid4()), actions.READ, generation.id)
    mend_glass(grant.id, actor=Actor(operator.id))
    assert decision.access_method is AccessMethod.BREAK_GLASS
    events = trail().filter(resource_id=generation.id).order_by("at")
    assert [(it.name, it.severity, it.actor_id) for it in events] == [
        ("break_glass.opened", "critical", operator.id),
        ("authorization.decision", "warning", operator.id),
        ("break_glass.closed", "warning", operator.id),
    ]
    assert events[0].details["reason"] == REASON


def test_other_operators_get_a_letter_and_nobody_else(operator: User, generation: Generation) -> None:
    other = user_factory(is_superuser=True, email="other@velro.test")
    user_factory(is_superuser=True, status=AccountStatus.SUSPENDED)
    user_factory(is_staff=True)
    opened(operator, generation)
    run_due_work()
    (letter,) = mail.outbox
    assert letter.to == [other.email]
    assert {"Olga", REASON, str(generation.id)} <= {
        part for part in (REASON, "Olga", str(generation.id)) if part in letter.body
    }
    assert "Secret fox" not in letter.body


def test_closing_it_ends_it_at_once(operator: User, generation: Generation) -> None:
    grant = opened(operator, generation)
    mend_glass(grant.id, actor=Actor(user_factory(is_superuser=True).id))
    assert held(operator, generation) == set()
    with pytest.raises(NotFound):
        mend_glass(grant.id, actor=Actor(operator.id))
    assert opened(operator, generation).id != grant.id


def test_one_at_a_time(operator: User, generation: Generation) -> None:
    opened(operator, generation)
    with pytest.raises(GlassAlreadyBroken):
        opened(operator, generation)
    opened(operator, make(signed_in(user_factory())))
    opened(user_factory(is_superuser=True), generation)


@pytest.mark.parametrize(
    ("opened_ago", "is_open"),
    [("15 minutes", False), ("15 minutes - 1 microsecond", True), ("-1 microsecond", False), ("0", True)],
)
def test_a_quarter_of_an_hour_and_not_a_microsecond_more(
    operator: User,
    generation: Generation,
    opened_ago: str,
    is_open: bool,  # noqa: FBT001 - a row of the table
) -> None:
    """Inside a function all statements share one moment."""
    grant = opened(operator, generation)
    since = " - ".join(f"interval '{part.strip()}'" for part in opened_ago.split(" - "))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            CREATE FUNCTION pg_temp.reached() RETURNS bool LANGUAGE plpgsql AS $$
            BEGIN
                UPDATE authorization_breakglassgrant SET
                       opened_at = statement_timestamp() - ({since}),
                       expires_at = statement_timestamp() - ({since}) + interval '15 minutes'
                 WHERE id = '{grant.id}';
                RETURN EXISTS (
                    SELECT FROM generations_facts(ARRAY['{operator.id}']::uuid[], ARRAY['{generation.id}']::uuid[])
                     WHERE method = 'break_glass');
            END $$
            """  # noqa: S608 - values of our own
        )
        cursor.execute("SELECT pg_temp.reached()")
        assert cursor.fetchone() == (is_open,)


@pytest.mark.parametrize(
    "reason", ["", "because", "x" * 19, " " * 40 + "x", "a reason with \x1b[31m escapes in it", "x" * 1001]
)
def test_a_reason_that_says_too_little_is_refused(operator: User, generation: Generation, reason: str) -> None:
    with pytest.raises(InvalidInput):
        opened(operator, generation, reason=reason)
    assert not BreakGlassGrant.objects.exists()


def test_sharing_is_never_behind_the_glass(operator: User, generation: Generation) -> None:
    for permissions in (frozenset(Permission), frozenset({Permission.SHARE}), frozenset[Permission]()):
        with pytest.raises(InvalidInput):
            opened(operator, generation, permissions=permissions)
    opened(operator, generation, permissions=frozenset({Permission.READ, Permission.DELETE}))
    assert held(operator, generation) == {Permission.READ, Permission.DELETE}


def test_only_active_superusers_break_glass(generation: Generation) -> None:
    suspended = user_factory(is_superuser=True)
    suspend_account(suspended.id, actor=SYSTEM)
    for person in (user_factory(), user_factory(is_staff=True), suspended):
        with pytest.raises(PermissionDenied):
            opened(person, generation)
    with pytest.raises(PermissionDenied):
        break_glass(Breaking("generation", generation.id, REASON), actor=SYSTEM)


def test_what_is_not_there_has_no_glass(operator: User, generation: Generation) -> None:
    with pytest.raises(NotFound):
        opened(operator, generation, resource_id=uuid4())
    with pytest.raises(NotFound):
        opened(operator, generation, resource_type="secret")


def test_who_is_no_superuser_any_more_sees_nothing(operator: User, generation: Generation) -> None:
    opened(operator, generation)
    User.objects.filter(id=operator.id).update(is_superuser=False)
    assert held(operator, generation) == set()


def test_what_is_refused_is_in_the_trail_with_its_reason(operator: User, generation: Generation) -> None:
    for actor, reason, error in (
        (Actor(operator.id), "Just curious", InvalidInput),
        (Actor(generation.owner_id), REASON, PermissionDenied),
    ):
        with pytest.raises(error):
            break_glass(Breaking("generation", generation.id, reason), actor=actor)

    events = trail().filter(name="break_glass.refused", resource_id=generation.id).order_by("at")
    assert [(it.reason, it.outcome, it.severity, it.actor_id) for it in events] == [
        ("invalid_input", "denied", "warning", operator.id),
        ("permission_denied", "denied", "warning", generation.owner_id),
    ]
    assert not open_glass().exists()
