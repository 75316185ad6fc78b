"""What a job costs, to the last digit."""

from decimal import Decimal
from typing import Any

import pytest

from generations.fal.catalogue import actual_cost, billable_units_of, estimate, model_named, validate_input

PROMPT = {"prompt": "a heron"}
NANO = "fal-ai/nano-banana-2"
VEO = "fal-ai/veo3.1"
SOURCE = {"image_url": "https://fal.media/a.png"}


@pytest.mark.parametrize(
    ("model_id", "submitted", "cost"),
    [
        ("fal-ai/flux/schnell", {}, "0.003"),
        ("fal-ai/flux/schnell", {"num_images": 4, "image_size": "square"}, "0.012"),
        ("fal-ai/flux/schnell", {"image_size": {"width": 64, "height": 64}}, "0.003"),
        ("fal-ai/flux/schnell", {"image_size": {"width": 1000, "height": 1000}}, "0.003"),
        ("fal-ai/flux/schnell", {"image_size": {"width": 1000, "height": 1001}}, "0.006"),
        ("fal-ai/flux/dev", {"image_size": {"width": 2000, "height": 2000}, "num_images": 3}, "0.300"),
        ("fal-ai/flux/dev/image-to-image", {**SOURCE, "num_images": 2}, "0.06"),
        ("fal-ai/flux-pro/v1.1", {}, "0.04"),
        (NANO, {}, "0.08"),
        (NANO, {"resolution": "0.5K"}, "0.06"),
        (NANO, {"resolution": "2K", "num_images": 2}, "0.24"),
        (NANO, {"resolution": "4K"}, "0.16"),
        (NANO, {"enable_web_search": True, "num_images": 2}, "0.175"),
        (NANO, {"thinking_level": "high"}, "0.082"),
        (NANO, {"thinking_level": "minimal"}, "0.08"),
        ("fal-ai/kling-video/v2.5-turbo/pro/text-to-video", {}, "0.35"),
        ("fal-ai/kling-video/v2.5-turbo/pro/text-to-video", {"duration": "10"}, "0.70"),
        (VEO, {}, "3.20"),
        (VEO, {"generate_audio": False, "duration": "4s"}, "0.80"),
        (VEO, {"resolution": "1080p", "duration": "6s"}, "2.40"),
        (VEO, {"resolution": "4k", "duration": "6s"}, "3.60"),
        (VEO, {"resolution": "4k", "generate_audio": False}, "3.20"),
    ],
)
def test_the_price_of_an_input(model_id: str, submitted: dict[str, Any], cost: str) -> None:
    model = model_named(model_id)
    assert estimate(model, validate_input(model, PROMPT | submitted)) == Decimal(cost)


@pytest.mark.parametrize(("characters", "cost"), [(1, "0.00005"), (1000, "0.05"), (2500, "0.125")])
def test_speech_costs_by_the_character(characters: int, cost: str) -> None:
    model = model_named("fal-ai/elevenlabs/tts/turbo-v2.5")
    assert estimate(model, validate_input(model, {"text": "ä" * characters})) == Decimal(cost)


def test_the_units_that_were_billed_decide_the_cost() -> None:
    model = model_named("fal-ai/flux/dev")
    complete = validate_input(model, {**PROMPT, "num_images": 4})
    assert actual_cost(model, complete, billable_units=Decimal("1.5"), outputs_count=4) == Decimal("0.0375")
    assert actual_cost(model, complete, billable_units=Decimal(0), outputs_count=4) == 0


def test_without_billed_units_each_output_counts() -> None:
    model = model_named("fal-ai/flux/dev")
    complete = validate_input(model, {**PROMPT, "num_images": 4})
    costs = [actual_cost(model, complete, billable_units=None, outputs_count=count) for count in (0, 1, 3)]
    assert costs == [0, Decimal("0.025"), Decimal("0.075")]


def test_a_video_without_billed_units_costs_its_estimate() -> None:
    model = model_named(VEO)
    complete = validate_input(model, PROMPT)
    assert actual_cost(model, complete, billable_units=None, outputs_count=1) == estimate(model, complete)
    assert billable_units_of(model, complete) == 16
