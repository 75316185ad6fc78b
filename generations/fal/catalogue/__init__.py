"""What can be generated: the models, what input they take, what they cost, and what their answers hold."""

from generations.fal.catalogue.entries import CatalogueModel, MediaKind, Price, UnknownModel, catalogue, model_named
from generations.fal.catalogue.outputs import outputs_of
from generations.fal.catalogue.pricing import actual_cost, billable_units_of, estimate
from generations.fal.catalogue.validation import validate_input

__all__ = [
    "CatalogueModel",
    "MediaKind",
    "Price",
    "UnknownModel",
    "actual_cost",
    "billable_units_of",
    "catalogue",
    "estimate",
    "model_named",
    "outputs_of",
    "validate_input",
]
