"""What can be generated, and for how much."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from generations import actions
from generations.fal.catalogue import catalogue, estimate, model_named, validate_input
from generations.models.generation import CURRENCY
from generations.selectors import model_for_reading
from generations.serializers.inputs import EstimateInput
from generations.serializers.outputs import ModelListOutput, ModelOutput, MoneyOutput
from velro.api.declarations import Answer
from velro.api.views import ApiView


class ModelListView(ApiView):
    """The catalogue."""

    actions: ClassVar = {"get": actions.LIST_MODELS}
    outputs: ClassVar = {"get": Answer(200, ModelListOutput)}

    def get(self, _request: Request) -> Response:
        """Every model; the catalogue is short, so there is one page."""
        return self.answer({"results": list(catalogue().values()), "next": None, "previous": None})


class ModelView(ApiView):
    """One model."""

    actions: ClassVar = {"get": actions.LIST_MODELS}
    outputs: ClassVar = {"get": Answer(200, ModelOutput)}

    def get(self, _request: Request, *, model_id: str) -> Response:
        """Its input schema and price."""
        return self.answer(model_for_reading(model_id))


class EstimateView(ApiView):
    """The price of a generation before it is created."""

    actions: ClassVar = {"post": actions.ESTIMATE}
    inputs: ClassVar = {"post": EstimateInput}
    outputs: ClassVar = {"post": Answer(200, MoneyOutput)}

    def post(self, _request: Request) -> Response:
        """Validates the input as creation would."""
        wish = self.read_input()
        model = model_named(wish["model"])
        amount = estimate(model, validate_input(model, wish["input"]))
        return self.answer({"amount": amount, "currency": CURRENCY})
