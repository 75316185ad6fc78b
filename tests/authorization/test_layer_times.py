"""What each layer takes is counted, in little time, whether it lets pass or refuses."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from authorization import pipeline
from authorization.facts import LayerTiming
from authorization.layer_times import BOUNDS_MS, LayerTimes, forget_layer_times, layer_times, observe_layer
from tests.support.clients import bearer_client, sign_in
from tests.support.factories import user_factory


def times_of(layer: str) -> LayerTimes:
    return next(times for times in layer_times() if times.layer == layer)


@given(st.lists(st.floats(0.001, 900), min_size=1, max_size=200))
def test_count_sum_and_what_was_over_budget_are_exact(values: list[float]) -> None:
    forget_layer_times()
    for value in values:
        observe_layer(LayerTiming("input", value, 5.0))
    times = times_of("input")

    assert times.count == len(values) == sum(times.buckets)
    assert times.sum_ms == pytest.approx(sum(values))
    assert times.over_budget == sum(value > 5.0 for value in values)


def test_threads_lose_no_count() -> None:
    forget_layer_times()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(observe_layer, [LayerTiming("x", 1.0, 5.0)] * 4000))

    assert times_of("x").count == 4000


@pytest.mark.django_db
def test_a_request_is_counted_in_the_layers_it_passed() -> None:
    client = bearer_client(sign_in(user_factory().email)["access"])
    forget_layer_times()

    client.get("/api/v1/users/profile")

    assert {times.layer: times.count for times in layer_times()} == {
        "input": 3, "context": 1, "identity": 1, "response": 1, "final": 1,
    }  # fmt: skip


@pytest.mark.django_db
def test_a_layer_that_refuses_is_counted_too(settings: Settings) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"denied_networks": ("203.0.113.0/24",)})
    forget_layer_times()

    APIClient().get("/api/v1/users/profile", REMOTE_ADDR="203.0.113.9")

    assert times_of("context").count == 1


def test_all_ten_layers_have_their_number_and_a_budget() -> None:
    stages = [value for value in vars(pipeline).values() if isinstance(value, tuple)]
    layers = [layer for stage in stages for layer in stage if isinstance(layer, pipeline.Layer)]
    names = ("input", "context", "identity", "ownership", "team", "rbac", "cache", "audit", "response", "final")

    assert sorted({(layer.number, layer.name) for layer in layers}) == list(enumerate(names, start=1))
    assert {layer.budget_ms for layer in layers} <= set(BOUNDS_MS)
