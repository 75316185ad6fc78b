"""The catalogue: one JSON file per model under `models/`, read once.

No schema offers `sync_mode`: outputs inside the answer make it large, and FAL forgets large results after six minutes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from velro.errors import FieldProblem, VelroError


class MediaKind(StrEnum):
    """What a model produces."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit costs. `unit` is FAL's own word, as text to show."""

    unit_price: Decimal
    unit: str
    currency: str


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """A model that can be used. `input_schema` is JSON Schema 2020-12; `pricing_rule` says how units are counted."""

    id: str
    title: str
    kind: MediaKind
    input_schema: Mapping[str, Any]
    price: Price
    pricing_rule: str


class UnknownModel(VelroError):
    """The catalogue has no such model."""

    code = "unknown_model"
    status = 400
    title = "The catalogue has no such model"


@lru_cache(maxsize=1)
def catalogue() -> Mapping[str, CatalogueModel]:
    """Every model by its id, cheapest kind first: images, video, audio; then by title."""
    folder = files("generations.fal.catalogue") / "models"
    documents = [json.loads(file.read_text("utf-8")) for file in folder.iterdir() if file.name.endswith(".json")]
    kinds = list(MediaKind)
    models = sorted(map(_model_from, documents), key=lambda model: (kinds.index(model.kind), model.title))
    return MappingProxyType({model.id: model for model in models})


def model_named(model_id: str) -> CatalogueModel:
    """The model with this id. Raises UnknownModel, which points at `/model`."""
    try:
        return catalogue()[model_id]
    except KeyError:
        problem = FieldProblem("/model", "unknown_model", "The catalogue has no such model.")
        raise UnknownModel(errors=[problem]) from None


def _model_from(document: Mapping[str, Any]) -> CatalogueModel:
    price = document["price"]
    return CatalogueModel(
        id=document["id"],
        title=document["title"],
        kind=MediaKind(document["kind"]),
        input_schema=document["input_schema"],
        price=Price(Decimal(price["unit_price"]), price["unit"], price["currency"]),
        pricing_rule=price["rule"],
    )
