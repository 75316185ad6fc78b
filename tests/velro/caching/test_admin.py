"""Operators see how fresh each view is, what stands in it, and have it refreshed by a worker."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.support.factories import user_factory
from tests.support.operators import client_of, new_operator
from tests.support.trail import trail
from velro.background.models import OutboxMessage
from velro.background.outbox import run_message
from velro.caching.cache_performance import CACHE_PERFORMANCE
from velro.caching.models import MaterializedViewRefresh, Tier
from velro.caching.refresh import refresh_view
from velro.caching.samples import TierSample, record_sample
from velro.caching.schedule import TOPIC

pytestmark = pytest.mark.django_db

LIST = reverse("admin:caching_materializedviewrefresh_changelist")


@pytest.fixture
def operator() -> User:
    return new_operator()


@pytest.fixture
def admin(operator: User) -> Client:
    return client_of(operator)


@pytest.fixture
def row() -> MaterializedViewRefresh:
    return MaterializedViewRefresh.objects.get(name=CACHE_PERFORMANCE.name)


def page_of(row: MaterializedViewRefresh) -> str:
    return reverse("admin:caching_materializedviewrefresh_change", args=[row.id])


def test_the_list_shows_how_fresh_each_view_is(admin: Client, row: MaterializedViewRefresh) -> None:
    assert admin.get(LIST).content.decode().count("Never filled") == 4
    record_sample(Tier.L1, TierSample(1, 1), process="a", at=timezone.now())
    refresh_view(CACHE_PERFORMANCE)
    row.refresh_from_db()
    page = admin.get(LIST).content.decode()
    assert page.count("Never filled") == 3
    assert "Fresh" in page
    assert "KB" in page
    long_ago = timezone.now() - timedelta(minutes=61)
    MaterializedViewRefresh.objects.filter(id=row.id).update(refreshed_at=long_ago)
    assert "Overdue" in admin.get(LIST).content.decode()
    MaterializedViewRefresh.objects.filter(id=row.id).update(last_error="the disk is full")
    page = admin.get(LIST).content.decode()
    assert "Failing" in page
    assert "the disk is full" in page


def test_the_list_takes_the_same_statements_however_many_views(admin: Client) -> None:
    with CaptureQueriesContext(connection) as few:
        admin.get(LIST)
    MaterializedViewRefresh.objects.bulk_create(MaterializedViewRefresh(name=f"mv_{number}") for number in range(20))
    with CaptureQueriesContext(connection) as many:
        admin.get(LIST)
    assert len(few) == len(many)


def test_the_page_of_a_view_shows_its_rows(admin: Client, row: MaterializedViewRefresh) -> None:
    assert "not filled yet" in admin.get(page_of(row)).content.decode()
    refresh_view(CACHE_PERFORMANCE)
    assert "has no rows" in admin.get(page_of(row)).content.decode()
    record_sample(Tier.L1, TierSample(3, 1, bytes=2_500_000, lookup_p50_us=1.5), process="a", at=timezone.now())
    refresh_view(CACHE_PERFORMANCE)
    (shown,) = admin.get(page_of(row)).context["report"]["table"]["rows"]
    assert shown[1:] == ["L1", "3", "1", "75.0%", "0", "0", "0", "2.5", "1.5", "-"]


def test_a_view_without_a_report_has_a_page(admin: Client) -> None:
    context_view = MaterializedViewRefresh.objects.get(name="mv_user_authorization_context")
    assert admin.get(page_of(context_view)).status_code == 200


def test_the_button_has_a_worker_refresh_the_view(admin: Client, operator: User, row: MaterializedViewRefresh) -> None:
    assert b'id="dialog"' in admin.get(f"{LIST}{row.id}/refresh/").content
    assert not OutboxMessage.objects.filter(topic=TOPIC).exists()

    response = admin.post(f"{LIST}{row.id}/refresh/", {"_form_submitted": "True"})

    assert response.headers["HX-Redirect"] == page_of(row)
    assert [str(message) for message in get_messages(response.wsgi_request)] == [
        "A worker refreshes it as soon as one is free."
    ]
    event = trail().get(name="view.refresh_requested")
    assert (event.actor_id, event.resource_id, event.details) == (operator.id, row.id, {"view": row.name})
    row.refresh_from_db()
    assert row.refreshed_at is None
    run_message(OutboxMessage.objects.get(topic=TOPIC, subject_id=row.id).id)
    row.refresh_from_db()
    assert row.refreshed_at is not None


def test_several_are_refreshed_from_the_list(admin: Client) -> None:
    chosen = [str(row_id) for row_id in MaterializedViewRefresh.objects.values_list("id", flat=True)]
    assert admin.post(LIST, {"action": "refresh_chosen", "_selected_action": chosen}).status_code == 302
    assert OutboxMessage.objects.filter(topic=TOPIC).count() == len(chosen) == 4
    assert trail().filter(name="view.refresh_requested").count() == 4


def test_nothing_is_refreshed_without_the_token_of_the_form(operator: User, row: MaterializedViewRefresh) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    for address, values in (
        (f"{LIST}{row.id}/refresh/", {"_form_submitted": "True"}),
        (LIST, {"action": "refresh_chosen", "_selected_action": str(row.id)}),
    ):
        assert client.post(address, values).status_code == 403
    assert not OutboxMessage.objects.filter(topic=TOPIC).exists()


@pytest.mark.parametrize("path", ["", "{row}/change/", "{row}/refresh/"])
def test_others_stay_outside(row: MaterializedViewRefresh, path: str) -> None:
    address = f"{LIST}{path.format(row=row.id)}"
    for client in (Client(), client_of(user_factory()), client_of(user_factory(is_staff=True))):
        assert client.get(address).status_code == 302
        assert client.post(address, {"_form_submitted": "True"}).status_code == 302
    assert not OutboxMessage.objects.filter(topic=TOPIC).exists()


def test_rows_are_neither_added_typed_over_nor_deleted(admin: Client, row: MaterializedViewRefresh) -> None:
    assert admin.get(f"{LIST}add/").status_code == 403
    assert admin.post(page_of(row), {"name": "another"}).status_code == 403
    assert admin.post(f"{LIST}{row.id}/delete/", {"post": "yes"}).status_code == 403


def test_an_id_that_is_none_is_not_found(admin: Client) -> None:
    address = f"{LIST}{user_factory().id}/refresh/"
    assert admin.post(address, {"_form_submitted": "True"}).status_code == 404
