"""Everybody learns whether memory answers; operators learn how well."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from accounts.models import User
from authorization import engine
from authorization.facts import Principal
from authorization.freshness.listener import LISTENER, Listener
from generations import actions
from tests.authorization.freshness.conftest import eventually, has_new_lease, is_all_shared
from tests.authorization.freshness.worlds import World, owned
from tests.support.clients import api_client_for
from tests.support.factories import user_factory
from tests.support.operators import new_operator
from velro.caching.cache_performance import CACHE_PERFORMANCE
from velro.caching.refresh import refresh_view

PATH = "/api/v1/health/cache"
BUDGETS = json.loads((Path(__file__).parents[2] / "performance" / "query_counts.json").read_text())


def health_for(client: APIClient) -> dict[str, Any]:
    answer = client.get(PATH)
    assert answer.status_code == 200
    return dict(answer.json())


def tier_for(client: APIClient) -> dict[str, Any]:
    tiers = {tier["tier"]: tier for tier in health_for(client)["tiers"]}
    return dict(tiers["l1"])


def ask(world: World, *, times: int) -> None:
    for _ in range(times):
        assert eventually(lambda: has_new_lease(LISTENER))
        engine.decide(Principal(world.person.id, uuid4()), actions.READ, world.generation.id)


@pytest.mark.django_db
def test_nobody_learns_more_than_a_word_and_a_version() -> None:
    assert set(health_for(APIClient())) == {"status", "version"}
    assert set(health_for(api_client_for(user_factory()))) == {"status", "version"}


@pytest.mark.django_db
def test_the_key_of_an_operator_does_not_reach_as_far() -> None:
    session = api_client_for(new_operator())
    key = {"name": "Gateway", "scopes": ["authz:evaluate"]}
    token = session.post("/api/v1/users/api-keys", key, format="json").json()["secret"]
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")

    assert set(health_for(client)) == {"status", "version"}


@pytest.mark.django_db
def test_who_is_no_operator_any_more_learns_no_more() -> None:
    operator = new_operator()
    client = api_client_for(operator)
    assert "tiers" in health_for(client)
    User.objects.filter(id=operator.id).update(is_superuser=False)

    assert "tiers" not in health_for(client)


@pytest.mark.django_db
def test_a_token_that_is_none_is_refused() -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION="Bearer nonsense")

    assert client.get(PATH).status_code == 401


@pytest.mark.django_db
def test_a_process_that_does_not_listen_is_degraded() -> None:
    operator = api_client_for(new_operator())
    health = health_for(operator)

    assert health["status"] == health_for(APIClient())["status"] == "degraded"
    assert health["lease"] == {"is_held": False, "since": None, "peers": None}


def test_operators_see_hits_and_misses_as_they_come(listener: Listener) -> None:
    assert listener.leased_since is not None
    operator, world = api_client_for(new_operator()), owned()
    before = tier_for(operator)
    ask(world, times=4)
    after = tier_for(operator)

    assert after["hits"] - before["hits"] == 3
    assert after["misses"] - before["misses"] == 1
    assert after["misses_by_reason"]["absent"] - before["misses_by_reason"]["absent"] == 1
    assert (after["tier"], after["fills"] - before["fills"]) == ("l1", 1)
    assert after["entries"] > 0
    assert after["bytes"] > 0


def test_what_processes_share_is_shown(listener: Listener) -> None:
    assert listener.leased_since is not None
    operator, world = api_client_for(new_operator()), owned()
    tiers = {tier["tier"]: tier for tier in health_for(operator)["tiers"]}
    ask(world, times=1)
    assert is_all_shared()
    health = health_for(operator)
    after = {tier["tier"]: tier for tier in health["tiers"]}

    assert health["shared"]["is_on"]
    assert health["shared"]["breaker"] == "closed"
    assert health["shared"]["dropped"] == 0
    assert after["l2"]["fills"] - tiers["l2"]["fills"] == 1
    assert {"absent", "changed", "expired", "no_lease", "refused", "unavailable"} == set(
        after["l2"]["misses_by_reason"]
    )


@pytest.mark.django_db
def test_it_is_shown_that_processes_share_nothing(settings: Settings) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"decision_cache_lifetime": 0})

    assert not health_for(api_client_for(new_operator()))["shared"]["is_on"]


def test_a_lease_is_shown_with_its_peers(listener: Listener) -> None:
    assert eventually(lambda: len(listener.recent_peers() or ()) == 1), "those of other tests are gone"
    operator = api_client_for(new_operator())
    assert eventually(lambda: health_for(operator)["lease"]["peers"] == 1)
    assert eventually(lambda: has_new_lease(listener))
    health = health_for(operator)

    assert health["status"] == "ok"
    assert health["lease"]["is_held"]
    assert health["lease"]["since"].endswith("Z")


@pytest.mark.django_db
def test_views_say_how_old_their_rows_are() -> None:
    refresh_view(CACHE_PERFORMANCE)
    views = {view["name"]: view for view in health_for(api_client_for(new_operator()))["views"]}

    assert len(views) == 4
    fresh = views.pop(CACHE_PERFORMANCE.name)
    assert fresh["refreshed_at"]
    assert fresh["bytes"] > 0
    assert not fresh["is_failing"]
    assert {view["refreshed_at"] for view in views.values()} == {None}


@pytest.mark.django_db
def test_its_statements_are_counted() -> None:
    clients = {
        f"GET {PATH}": APIClient(),
        f"GET {PATH} by an operator": api_client_for(new_operator()),
    }
    for name, client in clients.items():
        with CaptureQueriesContext(connection) as queries:
            health_for(client)
        assert len(queries) == BUDGETS[name], [query["sql"][:100] for query in queries]
