"""What can be generated, and for how much."""

from typing import ClassVar

from rest_framework.request import Request
from rest_framework.response import Response

from generations import actions
from generations.fal.catalogue import catalogue, estimate, model_named, validate_input
from generations.selectors import model_for_reading
from generations.serializers.inputs import EstimateInput
from generations.serializers.outputs import ModelListOutput, ModelOutput, MoneyOutput
from generations.values import Money
from velro.api.declarations import Answer
from velro.api.views import ApiView


class ModelListView(ApiView):
    """The catalogue."""

    actions: ClassVar = {"get": actions.LIST_MODELS}
    outputs: ClassVar = {"get": Answer(200, ModelListOutput)}

    def get(self, _request: Request) -> Response:
        """List every model. The catalogue is short, so there is one page."""
        return self.answer({"results": list(catalogue().values()), "next": None, "previous": None})


class ModelView(ApiView):
    """One model."""

    actions: ClassVar = {"get": actions.LIST_MODELS}
    outputs: ClassVar = {"get": Answer(200, ModelOutput)}

    def get(self, _request: Request, *, model_id: str) -> Response:
        """Show one model, with its input schema and price."""
        return self.answer(model_for_reading(model_id))


class EstimateGenerationView(ApiView):
    """The price of a generation before it is created."""

    actions: ClassVar = {"post": actions.ESTIMATE}
    inputs: ClassVar = {"post": EstimateInput}
    examples: ClassVar = {
        "post": {"Four images": {"model": "fal-ai/flux/schnell", "input": {"prompt": "A fox in snow", "num_images": 4}}}
    }
    outputs: ClassVar = {"post": Answer(200, MoneyOutput)}

    def post(self, _request: Request) -> Response:
        """Estimate the price of a generation. The input is judged as creation would."""
        wish = self.read_input()
        model = model_named(wish["model"])
        amount = estimate(model, validate_input(model, wish["input"]))
        return self.answer(Money(amount, model.price.currency))
