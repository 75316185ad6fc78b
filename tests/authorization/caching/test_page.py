"""Operators see what the caches are worth, and can have every process forget."""

from collections.abc import Callable
from threading import Event
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from authorization.caching.forgetting import forget_everything, forget_one
from authorization.errors import PermissionDenied
from authorization.freshness.confirmation import wait_until_heard
from authorization.freshness.listener import Listener
from tests.authorization.freshness.worlds import by_team, is_hit, owned
from tests.support.factories import user_factory
from tests.support.operators import client_of, new_operator
from tests.support.trail import trail
from velro.audit.services import Actor
from velro.caching.cache_performance import CACHE_PERFORMANCE
from velro.caching.models import Tier
from velro.caching.refresh import refresh_view
from velro.caching.samples import TierSample, record_sample

PAGE, FORGET = reverse("admin:caches"), reverse("admin:caches_forget")
FORGET_ONE, WARM_UP = reverse("admin:caches_forget_one"), reverse("admin:caches_warm_up")
FORGOTTEN, WARMED_UP = "cache.forgotten", "cache.warmed_up"
# The hidden field of a dialog that has no other.
SUBMITTED = {"_form_submitted": "on"}


@pytest.mark.django_db
@pytest.mark.parametrize("make", [user_factory, lambda: user_factory(is_staff=True)])
def test_only_operators_come_in(make: Callable[[], object]) -> None:
    client = client_of(make())  # type: ignore[arg-type]  # people
    for address in (PAGE, FORGET, FORGET_ONE, WARM_UP):
        assert client.get(address).status_code == 302
        assert client.post(address, SUBMITTED).status_code == 302
    assert not trail().filter(name__in=[FORGOTTEN, WARMED_UP]).exists()


@pytest.mark.django_db
def test_it_shows_hours_and_that_nothing_is_answered_from_memory() -> None:
    admin = client_of(new_operator())
    assert "The view was not filled yet." in admin.get(PAGE).content.decode()
    record_sample(Tier.L1, TierSample(873, 127), process="a", at=timezone.now())
    refresh_view(CACHE_PERFORMANCE)
    page = admin.get(PAGE).content.decode()

    assert "87.3%" in page
    assert "This process asks the database each time." in page


@pytest.mark.django_db
def test_its_statements_are_few() -> None:
    admin = client_of(new_operator())
    refresh_view(CACHE_PERFORMANCE)
    with CaptureQueriesContext(connection) as queries:
        admin.get(PAGE)

    assert len(queries) == 4, [query["sql"][:100] for query in queries]


def test_it_shows_this_process(listener: Listener) -> None:
    assert listener.leased_since is not None
    world = owned()
    is_hit(world), is_hit(world)
    page = client_of(new_operator()).get(PAGE).content.decode()

    assert "This process answers from memory." in page
    assert "one of 1 that listen" in page
    assert "not there" in page
    assert "L2 can be reached" in page


def test_every_process_warms_up(listener: Listener) -> None:
    operator, wanted = new_operator(), Event()
    listener.calls["warm_up"] = wanted.set
    try:
        answer = client_of(operator).post(WARM_UP, SUBMITTED)
        assert wanted.wait(10)
    finally:
        listener.calls.clear()

    assert answer.headers["HX-Redirect"] == PAGE
    assert trail().filter(name=WARMED_UP, actor_id=operator.id).count() == 1


def test_every_process_forgets(listener: Listener) -> None:
    operator, world = new_operator(), owned()
    assert not is_hit(world)
    assert is_hit(world)
    answer = client_of(operator).post(FORGET, SUBMITTED)

    assert listener.leased_since is not None
    assert answer.headers["HX-Redirect"] == PAGE
    assert not is_hit(world)
    assert is_hit(world)
    event = trail().get(name=FORGOTTEN)
    assert (event.severity, event.outcome, event.actor_id) == ("warning", "succeeded", operator.id)


@pytest.mark.parametrize("kind", ["user", "team", "project", "generation"])
def test_every_process_forgets_one_thing_and_nothing_else(listener: Listener, kind: str) -> None:
    with transaction.atomic():
        operator, world, unrelated = new_operator(), by_team(), by_team()
    assert world.team
    assert world.project
    ids = {
        "user": world.person.id, "team": world.team.id, "project": world.project.id, "generation": world.generation.id,
    }  # fmt: skip
    wait_until_heard(listener)
    for it in (world, unrelated):
        assert [is_hit(it), is_hit(it)] == [False, True]
    answer = client_of(operator).post(FORGET_ONE, SUBMITTED | {"kind": kind, "subject_id": ids[kind]})

    assert answer.headers["HX-Redirect"] == PAGE
    assert is_hit(unrelated)
    assert not is_hit(world)
    event = trail().get(name=FORGOTTEN)
    assert (event.resource_type, event.resource_id, event.actor_id) == (kind, ids[kind], operator.id)


@pytest.mark.django_db
@pytest.mark.parametrize("chosen", [{"kind": "everything"}, {"subject_id": "nonsense"}, {"subject_id": ""}])
def test_what_is_no_kind_or_no_id_is_shown_again(chosen: dict[str, str]) -> None:
    whole = SUBMITTED | {"kind": "team", "subject_id": str(uuid4())} | chosen
    answer = client_of(new_operator()).post(FORGET_ONE, whole)

    assert answer.status_code == 200
    assert "HX-Redirect" not in answer.headers
    assert not trail().filter(name=FORGOTTEN).exists()


@pytest.mark.django_db
def test_only_kinds_that_something_depends_on_can_be_forgotten() -> None:
    with pytest.raises(ValueError, match="nothing depends"):
        forget_one("everything", uuid4(), actor=Actor(uuid4()))


@pytest.mark.django_db
def test_looking_at_the_dialog_forgets_nothing() -> None:
    assert "Every process forgets" in client_of(new_operator()).get(FORGET).content.decode()
    assert not trail().filter(name=FORGOTTEN).exists()


@pytest.mark.django_db
def test_who_is_no_operator_makes_nobody_forget() -> None:
    with pytest.raises(PermissionDenied):
        forget_everything(actor=Actor(user_factory().id))
    with pytest.raises(PermissionDenied):
        forget_one("user", uuid4(), actor=Actor(user_factory().id))
    assert not trail().filter(name=FORGOTTEN).exists()


@pytest.mark.django_db
def test_it_does_not_forget_for_another_site() -> None:
    operator = new_operator()
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)

    assert client.post(FORGET, SUBMITTED).status_code == 403
