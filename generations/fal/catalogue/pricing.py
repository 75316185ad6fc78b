"""What a job costs. All money is exact Decimal; a rule counts units, and units times the unit price is the cost."""

from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any, Final

from generations.fal.catalogue.entries import CatalogueModel

Input = Mapping[str, Any]

# FAL does not say whether 1024 by 1024 is one megapixel or a little more; an estimate should not fall short.
PIXELS_PER_MEGAPIXEL: Final = Decimal(1_000_000)
PRESET_SIZES: Final[Mapping[str, tuple[int, int]]] = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
RESOLUTION_FACTORS: Final[Mapping[str, Decimal]] = {
    "0.5K": Decimal("0.75"),
    "1K": Decimal(1),
    "2K": Decimal("1.5"),
    "4K": Decimal(2),
}
# Surcharges of a whole request, in units of one image at $0.08: $0.015 and $0.002.
WEB_SEARCH_UNITS: Final = Decimal("0.1875")
HIGH_THINKING_UNITS: Final = Decimal("0.025")
# In units of one silent second below 4k; by (is it 4k, has it sound).
SECOND_FACTORS: Final[Mapping[tuple[bool, bool], Decimal]] = {
    (False, False): Decimal(1),
    (False, True): Decimal(2),
    (True, False): Decimal(2),
    (True, True): Decimal(3),
}


def estimate(model: CatalogueModel, validated: Input) -> Decimal:
    """The cost of a job in the price's currency, from validated input."""
    return billable_units_of(model, validated) * model.price.unit_price


def actual_cost(
    model: CatalogueModel, validated: Input, *, billable_units: Decimal | None, outputs_count: int
) -> Decimal:
    """What a finished job cost: by the units FAL stated, else by the rule for as many outputs as there are."""
    if billable_units is not None:
        return billable_units * model.price.unit_price
    if outputs_count == 0:
        return Decimal(0)
    has_count = "num_images" in model.input_schema["properties"]
    return estimate(model, {**validated, "num_images": outputs_count} if has_count else validated)


def billable_units_of(model: CatalogueModel, validated: Input) -> Decimal:
    """Units of the model's price that this input takes."""
    return RULES[model.pricing_rule](validated)


def _megapixels(validated: Input) -> Decimal:
    size = validated["image_size"]
    width, height = PRESET_SIZES[size] if isinstance(size, str) else (size["width"], size["height"])
    megapixels = (width * height / PIXELS_PER_MEGAPIXEL).to_integral_value(ROUND_CEILING)
    return Decimal(validated["num_images"]) * megapixels


def _megapixels_of_source(validated: Input) -> Decimal:
    """The result is as large as the source, which is not known before FAL has read it; one megapixel is usual."""
    return Decimal(validated["num_images"])


def _images_by_resolution(validated: Input) -> Decimal:
    units = Decimal(validated["num_images"]) * RESOLUTION_FACTORS[validated["resolution"]]
    if validated["enable_web_search"]:
        units += WEB_SEARCH_UNITS
    if validated.get("thinking_level") == "high":
        units += HIGH_THINKING_UNITS
    return units


def _seconds(validated: Input) -> Decimal:
    return Decimal(validated["duration"].removesuffix("s"))


def _seconds_by_quality(validated: Input) -> Decimal:
    return _seconds(validated) * SECOND_FACTORS[validated["resolution"] == "4k", validated["generate_audio"]]


def _thousand_characters(validated: Input) -> Decimal:
    return Decimal(len(validated["text"])) / 1000


RULES: Final[Mapping[str, Callable[[Input], Decimal]]] = {
    "megapixels": _megapixels,
    "megapixels_of_source": _megapixels_of_source,
    "images_by_resolution": _images_by_resolution,
    "seconds": _seconds,
    "seconds_by_quality": _seconds_by_quality,
    "thousand_characters": _thousand_characters,
}
