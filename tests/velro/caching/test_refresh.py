"""Views are filled beside their readers, by one refresher at a time, and what goes wrong is kept."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from threading import Thread
from uuid import uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.utils import timezone
from psycopg.sql import SQL, Identifier

from tests.support.factories import user_factory
from velro.background.models import OutboxMessage
from velro.background.outbox import run_message
from velro.caching.installation import install_views
from velro.caching.materialized_views import MaterializedView, register_view, registered_views, view_named
from velro.caching.models import MaterializedViewRefresh
from velro.caching.refresh import LOCK, TAKE_TURN, RefreshOutcome, refresh_view
from velro.caching.schedule import TOPIC, enqueue_due_refreshes, give_up_refresh, refresh_promised
from velro.caching.tasks import refresh_due_views

VIEWS = {
    "mv_cache_performance_analytics",
    "mv_generation_performance_stats",
    "mv_team_collaboration_patterns",
    "mv_user_authorization_context",
}


@pytest.fixture
def people() -> MaterializedView:
    """A view of the tests' own, made in the database of the test and not registered."""
    view = MaterializedView("mv_people_of_test", "SELECT id, display_name FROM accounts_user", key=("id",))
    with connection.cursor() as cursor:
        cursor.execute("CREATE MATERIALIZED VIEW mv_people_of_test AS SELECT id, display_name FROM accounts_user"
                       " WITH NO DATA; CREATE UNIQUE INDEX ON mv_people_of_test (id)")  # fmt: skip
    return view


@pytest.fixture
def leaves_no_view(people: MaterializedView) -> Iterator[MaterializedView]:
    yield people
    with connection.cursor() as cursor:
        cursor.execute("DROP MATERIALIZED VIEW mv_people_of_test")


@contextmanager
def another_connection() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    with psycopg.connect(**connection.get_connection_params() | {"cursor_factory": psycopg.Cursor}) as other:
        yield other


def row_of(view: MaterializedView) -> MaterializedViewRefresh:
    return MaterializedViewRefresh.objects.get(name=view.name)


def rows_in(view: MaterializedView) -> int:
    with connection.cursor() as cursor:
        cursor.execute(SQL("SELECT count(*) FROM {}").format(Identifier(view.name)))
        (count,) = cursor.fetchone()
    return int(count)


def test_the_four_views_are_known() -> None:
    assert {view.name for view in registered_views()} == VIEWS
    with pytest.raises(ValueError, match="registered twice"):
        register_view(registered_views()[0])


@pytest.mark.django_db
def test_a_refresh_says_how_fresh_the_rows_are(people: MaterializedView) -> None:
    before = timezone.now() - timedelta(seconds=5)
    user_factory()
    assert refresh_view(people) is RefreshOutcome.REFRESHED
    row = row_of(people)
    assert row.row_count == rows_in(people)
    assert row.refreshed_at is not None
    assert row.refreshed_at > before
    user_factory()
    assert rows_in(people) == row.row_count
    assert refresh_view(people) is RefreshOutcome.REFRESHED
    assert rows_in(people) == row.row_count + 1


@pytest.mark.django_db
def test_a_failing_refresh_is_recorded_and_hurts_no_other(people: MaterializedView) -> None:
    twice = MaterializedView("mv_twice_of_test", "", key=("id",))
    with connection.cursor() as cursor:
        cursor.execute("CREATE MATERIALIZED VIEW mv_twice_of_test AS SELECT 1 / (count(*) - 1) AS id FROM accounts_user"
                       " WITH NO DATA")  # fmt: skip
    user_factory()
    assert refresh_view(twice) is RefreshOutcome.FAILED
    assert "division by zero" in row_of(twice).last_error
    assert row_of(twice).refreshed_at is None
    assert refresh_view(people) is RefreshOutcome.REFRESHED
    user_factory()
    assert refresh_view(twice) is RefreshOutcome.REFRESHED
    assert row_of(twice).last_error == ""


@pytest.mark.django_db
def test_a_failure_keeps_the_old_rows_and_their_age(people: MaterializedView) -> None:
    refresh_view(people)
    filled = row_of(people)
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX mv_people_of_test_id_idx")
    assert refresh_view(people) is RefreshOutcome.FAILED
    failed = row_of(people)
    assert (failed.refreshed_at, failed.row_count) == (filled.refreshed_at, filled.row_count)
    assert "concurrently" in failed.last_error


@pytest.mark.django_db(transaction=True)
def test_one_refreshes_at_a_time(leaves_no_view: MaterializedView) -> None:
    with another_connection() as other:
        other.execute(TAKE_TURN, [LOCK, leaves_no_view.name])
        assert refresh_view(leaves_no_view) is RefreshOutcome.BUSY
        assert not MaterializedViewRefresh.objects.filter(name=leaves_no_view.name).exists()
        other.rollback()
    assert refresh_view(leaves_no_view) is RefreshOutcome.REFRESHED


@pytest.mark.django_db(transaction=True)
def test_many_refreshers_at_once_all_come_to_an_end(leaves_no_view: MaterializedView) -> None:
    outcomes: list[RefreshOutcome] = []

    def refresh() -> None:
        try:
            outcomes.append(refresh_view(leaves_no_view))
        finally:
            connections.close_all()

    threads = [Thread(target=refresh) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert set(outcomes) <= {RefreshOutcome.REFRESHED, RefreshOutcome.BUSY}
    assert len(outcomes) == 6
    assert RefreshOutcome.REFRESHED in outcomes
    assert row_of(leaves_no_view).last_error == ""


@pytest.mark.django_db(transaction=True)
def test_a_refresh_takes_no_lock_that_a_reader_would_wait_for(leaves_no_view: MaterializedView) -> None:
    """The locks of readers and refresher conflict both ways or not at all, so an open reading tells."""
    user_factory()
    refresh_view(leaves_no_view)
    user_factory()
    with another_connection() as reader:
        assert reader.execute("SELECT count(*) FROM mv_people_of_test").fetchone() == (1,)
        assert refresh_view(leaves_no_view) is RefreshOutcome.REFRESHED
        assert reader.execute("SELECT count(*) FROM mv_people_of_test").fetchone() == (2,)


@pytest.mark.django_db(transaction=True)
def test_a_refresh_loosens_no_limit_beyond_itself(leaves_no_view: MaterializedView) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        before = cursor.fetchone()
        refresh_view(leaves_no_view)
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == before == ("30s",)


@pytest.mark.django_db
class TestTheSchedule:
    @pytest.fixture(autouse=True)
    def installed(self) -> None:
        install_views()

    def test_due_views_are_promised_once(self) -> None:
        refresh_due_views()
        assert OutboxMessage.objects.filter(topic=TOPIC).count() == len(VIEWS)
        assert enqueue_due_refreshes() == len(VIEWS)
        assert OutboxMessage.objects.filter(topic=TOPIC).count() == len(VIEWS)

    def test_a_worker_keeps_the_promise_and_the_view_is_due_no_more(self) -> None:
        enqueue_due_refreshes()
        for message in OutboxMessage.objects.filter(topic=TOPIC):
            run_message(message.id)
        assert not OutboxMessage.objects.filter(topic=TOPIC).exists()
        assert enqueue_due_refreshes() == 0
        rows = MaterializedViewRefresh.objects.filter(name__in=VIEWS)
        assert all(row.refreshed_at is not None and row.last_error == "" for row in rows)
        MaterializedViewRefresh.objects.update(attempted_at=timezone.now() - timedelta(minutes=31))
        assert enqueue_due_refreshes() == len(VIEWS)

    def test_a_view_that_the_code_no_longer_knows_is_left_alone(self) -> None:
        row = MaterializedViewRefresh.objects.create(name="mv_of_another_version")
        refresh_promised(row.id)
        refresh_promised(uuid4())
        row.refresh_from_db()
        assert row.attempted_at is None

    def test_workers_that_die_leave_a_word(self) -> None:
        row = MaterializedViewRefresh.objects.get(name="mv_team_collaboration_patterns")
        give_up_refresh(row.id)
        give_up_refresh(uuid4())
        row.refresh_from_db()
        assert "sudden end" in row.last_error


@pytest.mark.django_db
class TestTheCommand:
    @pytest.fixture(autouse=True)
    def printing(self, capsys: pytest.CaptureFixture[str]) -> None:
        self.capsys = capsys

    def run(self, *arguments: str) -> str:
        call_command("refresh_views", *arguments)
        return self.capsys.readouterr().out

    def test_it_refreshes_all_or_those_that_are_named(self) -> None:
        assert self.run().count("refreshed, 0 rows") == len(VIEWS)
        assert self.run("mv_cache_performance_analytics").count("refreshed") == 1

    def test_it_lists_without_refreshing(self) -> None:
        assert self.run("--list").count("never") == len(VIEWS)
        self.run("mv_cache_performance_analytics")
        assert self.run("--list").count("never") == len(VIEWS) - 1

    def test_it_refuses_an_unknown_name(self) -> None:
        with pytest.raises(CommandError, match="No such view: mv_nothing"):
            self.run("mv_nothing")

    def test_it_fails_after_trying_all(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DROP MATERIALIZED VIEW mv_cache_performance_analytics")
        with pytest.raises(CommandError, match="Not every view"):
            self.run()
        failing = MaterializedViewRefresh.objects.exclude(last_error="")
        assert [row.name for row in failing] == ["mv_cache_performance_analytics"]
        assert view_named("mv_cache_performance_analytics")
