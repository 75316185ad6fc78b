"""A copy says whether it lives, may get traffic, and how it feels."""

from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from pytest_django.fixtures import Settings

from velro.api import health

pytestmark = pytest.mark.django_db

NOWHERE = "unix:///nowhere/valkey.sock?db=0"


@pytest.fixture(autouse=True)
def _fresh_look() -> Iterator[None]:
    health.verdict.forget()
    health.migrations_are_applied.cache_clear()
    yield
    health.verdict.forget()
    health.migrations_are_applied.cache_clear()


def status_of(client: Client, path: str) -> tuple[int, object]:
    response = client.get(f"/api/v1/health/{path}")
    return response.status_code, response.json()["status"]


@pytest.mark.parametrize("path", ["live", "ready", "status"])
def test_a_whole_copy_is_well(client: Client, path: str) -> None:
    assert status_of(client, path) == (200, "ok")


def test_without_its_cache_a_copy_still_serves(client: Client, settings: Settings) -> None:
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": NOWHERE}}
    assert status_of(client, "ready") == (200, "degraded")


def test_a_copy_behind_its_code_gets_no_traffic(client: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'audit'")
    assert status_of(client, "ready") == (503, 503)
    assert status_of(client, "live") == (200, "ok")


def test_many_questions_cost_one_look(client: Client) -> None:
    assert status_of(client, "ready") == (200, "ok")
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        before = len(connection.queries_log)
        for _ in range(5):
            assert status_of(client, "ready") == (200, "ok")
    assert len(connection.queries_log) == before


def test_nobody_learns_more_than_a_word_and_a_version(client: Client) -> None:
    assert set(client.get("/api/v1/health/status").json()) == {"status", "version"}
