"""Models and prices over HTTP."""

from dataclasses import replace
from decimal import Decimal

import pytest

from generations.fal.catalogue import catalogue, entries, model_named
from tests.generations.conftest import Person, stored
from tests.support.sandbox import IMAGE

pytestmark = pytest.mark.django_db


def test_the_list_names_every_model_with_schema_and_price(owner: Person) -> None:
    body = owner.client.get("/api/v1/models").json()

    assert {model["id"] for model in body["results"]} == set(catalogue())
    assert (body["next"], body["previous"]) == (None, None)
    for model in body["results"]:
        assert set(model) == {"id", "title", "kind", "input_schema", "price"}
        assert set(model["price"]) == {"unit_price", "unit", "currency"}


def test_a_model_is_found_under_its_id_with_slashes(owner: Person) -> None:
    body = owner.client.get("/api/v1/models/fal-ai/flux/dev/image-to-image").json()

    assert body["id"] == "fal-ai/flux/dev/image-to-image"
    assert body["input_schema"]["required"]


def test_an_unknown_model_is_not_found(owner: Person) -> None:
    assert owner.client.get("/api/v1/models/fal-ai/none").status_code == 404


def test_an_estimate_is_what_the_generation_is_expected_to_cost(owner: Person) -> None:
    body = {"model": "fal-ai/flux/dev", "input": {"prompt": "a fox", "num_images": 2}}

    answer = owner.client.post("/api/v1/generations/estimate", body, format="json").json()

    assert Decimal(answer["amount"]) == Decimal("0.05")
    assert answer["currency"] == "USD"


def test_money_is_in_the_currency_of_the_price(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_named(IMAGE)
    in_euros = replace(model, price=replace(model.price, currency="EUR"))
    monkeypatch.setattr(entries, "catalogue", lambda: {IMAGE: in_euros})
    body = {"model": IMAGE, "input": {"prompt": "a fox"}}

    estimate = owner.client.post("/api/v1/generations/estimate", body, format="json").json()

    assert estimate["currency"] == "EUR"
    assert stored(owner.create()).currency == "EUR"


def test_an_estimate_validates_as_creation_does(owner: Person) -> None:
    body = {"model": "fal-ai/flux/dev", "input": {"num_images": 2}}

    response = owner.client.post("/api/v1/generations/estimate", body, format="json")

    assert response.status_code == 400
    assert response.json()["errors"][0]["pointer"] == "/input/prompt"
