"""The views in the database are those of the code, whatever was there before, and stand in no migration's way."""

from collections.abc import Mapping

import pytest
from django.core.management import call_command
from django.db import connection

from velro.caching import materialized_views
from velro.caching.cache_performance import CACHE_PERFORMANCE
from velro.caching.freshness import refreshed_at
from velro.caching.installation import drop_views, install_views
from velro.caching.materialized_views import MaterializedView, registered_views
from velro.caching.models import MaterializedViewRefresh
from velro.caching.refresh import RefreshOutcome, refresh_view

pytestmark = pytest.mark.django_db


def views() -> Mapping[str, int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, oid::int8 FROM pg_class WHERE relkind = 'm'")
        return dict(cursor.fetchall())


def replace_registered(monkeypatch: pytest.MonkeyPatch, *wanted: MaterializedView) -> None:
    monkeypatch.setattr(materialized_views, "_views", {view.name: view for view in wanted})


def test_a_migrated_database_has_them_all() -> None:
    assert views().keys() == {view.name for view in registered_views()}


def test_installing_again_changes_nothing() -> None:
    before = views()
    refresh_view(CACHE_PERFORMANCE)
    install_views()
    assert views() == before
    assert MaterializedViewRefresh.objects.get(name=CACHE_PERFORMANCE.name).refreshed_at is not None
    assert MaterializedViewRefresh.objects.count() == len(before)


def test_a_view_whose_text_changed_is_made_anew_and_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    refresh_view(CACHE_PERFORMANCE)
    before = views()
    changed = MaterializedView(CACHE_PERFORMANCE.name, "SELECT 1 AS tier, 2 AS hour", ("tier", "hour"))
    others = [view for view in registered_views() if view is not CACHE_PERFORMANCE]
    replace_registered(monkeypatch, changed, *others)
    install_views()
    after = views()
    assert {name for name in after if after[name] != before[name]} == {CACHE_PERFORMANCE.name}
    row = MaterializedViewRefresh.objects.get(name=CACHE_PERFORMANCE.name)
    assert (row.attempted_at, row.refreshed_at) == (None, None)
    assert refresh_view(changed) is RefreshOutcome.REFRESHED


def test_a_view_that_the_code_no_longer_knows_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE MATERIALIZED VIEW mv_of_somebody_else AS SELECT 1 AS one")
    install_views()
    replace_registered(monkeypatch, CACHE_PERFORMANCE)
    install_views()
    assert views().keys() == {CACHE_PERFORMANCE.name, "mv_of_somebody_else"}
    assert MaterializedViewRefresh.objects.get().name == CACHE_PERFORMANCE.name


def test_readers_know_when_a_view_is_gone() -> None:
    refresh_view(CACHE_PERFORMANCE)
    assert refreshed_at(CACHE_PERFORMANCE) is not None
    drop_views()
    assert views() == {}
    assert refreshed_at(CACHE_PERFORMANCE) is None


def test_a_view_on_a_table_that_is_not_there_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    early = MaterializedView("mv_early", "SELECT id FROM a_table_of_tomorrow", ("id",))
    replace_registered(monkeypatch, early, CACHE_PERFORMANCE)
    install_views()
    assert views().keys() == {CACHE_PERFORMANCE.name}


@pytest.mark.django_db(transaction=True)
def test_an_existing_database_is_migrated_back_and_forth() -> None:
    """PostgreSQL changes no column that a view stands on: `migrate` takes all views away when it has work to do."""
    expected = views()
    call_command("migrate", verbosity=0)
    assert views() == expected
    refresh_view(CACHE_PERFORMANCE)
    try:
        call_command("migrate", "caching", "zero", verbosity=0)
        assert "mv_cache_performance_analytics" not in views()
    finally:
        call_command("migrate", verbosity=0)
    assert views().keys() == expected.keys()
    assert not set(views().values()) & set(expected.values())
    assert MaterializedViewRefresh.objects.filter(refreshed_at=None).count() == len(expected)
