"""Input is checked whole before anything is spent, and every fault is named where it lies."""

from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from hypothesis import assume, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from generations.fal.catalogue import MediaKind, UnknownModel, catalogue, estimate, model_named, validate_input
from velro.errors import InvalidInput

SCHNELL = "fal-ai/flux/schnell"
IMAGE_TO_IMAGE = "fal-ai/flux/dev/image-to-image"
KLING = "fal-ai/kling-video/v2.5-turbo/pro/text-to-video"
VEO = "fal-ai/veo3.1"
SPEECH = "fal-ai/elevenlabs/tts/turbo-v2.5"
NANO = "fal-ai/nano-banana-2"


def faults_of(model_id: str, submitted: Any) -> set[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refusal:
        validate_input(model_named(model_id), submitted)
    return {(fault.pointer, fault.code) for fault in refusal.value.errors}


def test_the_catalogue_has_the_eight_models_of_all_kinds() -> None:
    assert len(catalogue()) == 8
    assert {model.kind for model in catalogue().values()} == set(MediaKind)
    assert all(model.price.currency == "USD" and model.price.unit_price > 0 for model in catalogue().values())


@pytest.mark.parametrize("model_id", catalogue())
def test_every_schema_is_sound_closed_and_described(model_id: str) -> None:
    schema = model_named(model_id).input_schema
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert all(field["title"] and field["description"] for field in schema["properties"].values())
    defaults = {name: field["default"] for name, field in schema["properties"].items() if "default" in field}
    required = {name: "https://fal.media/a.png" if name == "image_url" else "a heron" for name in schema["required"]}
    assert validate_input(model_named(model_id), required) == {**defaults, **required}


def test_of_a_flood_of_faults_some_are_named() -> None:
    assert len(faults_of(SCHNELL, {f"field-{number}": 1 for number in range(10_000)})) == 50


def test_an_unknown_model_is_named_at_its_place() -> None:
    with pytest.raises(UnknownModel) as refusal:
        model_named("fal-ai/veo3")
    assert [(fault.pointer, fault.code) for fault in refusal.value.errors] == [("/model", "unknown_model")]


@pytest.mark.parametrize(
    ("model_id", "submitted", "expected"),
    [
        (SCHNELL, {}, {("/input/prompt", "required")}),
        (SCHNELL, [], {("/input", "wrong_type")}),
        (SCHNELL, None, {("/input", "wrong_type")}),
        (SCHNELL, {"prompt": " \n\t"}, {("/input/prompt", "blank")}),
        (SCHNELL, {"prompt": ""}, {("/input/prompt", "blank")}),
        (SCHNELL, {"prompt": 5}, {("/input/prompt", "wrong_type")}),
        (SCHNELL, {"prompt": "x" * 10_001}, {("/input/prompt", "too_long")}),
        (SCHNELL, {"prompt": "a\0b"}, {("/input/prompt", "invalid_text")}),
        (SCHNELL, {"prompt": "a\ud800b"}, {("/input/prompt", "invalid_text")}),
        (SCHNELL, {"prompt": "a", "num_images": True}, {("/input/num_images", "wrong_type")}),
        (SCHNELL, {"prompt": "a", "num_images": "1"}, {("/input/num_images", "wrong_type")}),
        (SCHNELL, {"prompt": "a", "num_images": 1.0}, {("/input/num_images", "wrong_type")}),
        (SCHNELL, {"prompt": "a", "num_images": 5}, {("/input/num_images", "out_of_range")}),
        (SCHNELL, {"prompt": "a", "num_images": 0}, {("/input/num_images", "out_of_range")}),
        (SCHNELL, {"prompt": "a", "seed": 10**400}, {("/input/seed", "out_of_range")}),
        (SCHNELL, {"prompt": "a", "guidance_scale": float("inf")}, {("/input/guidance_scale", "wrong_type")}),
        (SCHNELL, {"prompt": "a", "guidance_scale": float("nan")}, {("/input/guidance_scale", "wrong_type")}),
        (SCHNELL, {"prompt": "a", "image_size": "huge"}, {("/input/image_size", "not_an_option")}),
        (SCHNELL, {"prompt": "a", "image_size": 7}, {("/input/image_size", "wrong_type")}),
        (SCHNELL, {"prompt": "a", "image_size": {"width": 64}}, {("/input/image_size/height", "required")}),
        (
            SCHNELL,
            {"prompt": "a", "image_size": {"width": 9999, "height": "a", "depth": 1}},
            {
                ("/input/image_size/width", "out_of_range"),
                ("/input/image_size/height", "wrong_type"),
                ("/input/image_size/depth", "unknown_field"),
            },
        ),
        (SCHNELL, {"prompt": "a", "sync_mode": True}, {("/input/sync_mode", "unknown_field")}),
        (SCHNELL, {"prompt": "a", "a/b~c": 1}, {("/input/a~1b~0c", "unknown_field")}),
        (SCHNELL, {"prompt": "a", "\ud800": 1}, {("/input/?", "unknown_field")}),
        (SCHNELL, {"prompt": "a", "enable_safety_checker": 1}, {("/input/enable_safety_checker", "wrong_type")}),
        (IMAGE_TO_IMAGE, {}, {("/input/image_url", "required"), ("/input/prompt", "required")}),
        (
            KLING,
            {"prompt": "a", "duration": 5},
            {("/input/duration", "wrong_type")},
        ),
        (KLING, {"prompt": "a", "duration": "6"}, {("/input/duration", "not_an_option")}),
        (KLING, {"prompt": "a" * 2501}, {("/input/prompt", "too_long")}),
        (VEO, {"prompt": "a", "duration": "8"}, {("/input/duration", "not_an_option")}),
        (NANO, {"prompt": "ab"}, {("/input/prompt", "too_short")}),
        (SPEECH, {"prompt": "a"}, {("/input/prompt", "unknown_field"), ("/input/text", "required")}),
        (SPEECH, {"text": "a", "language_code": "EN"}, {("/input/language_code", "wrong_format")}),
        (SPEECH, {"text": "a", "speed": 2}, {("/input/speed", "out_of_range")}),
    ],
)
def test_every_fault_is_named(model_id: str, submitted: Any, expected: set[tuple[str, str]]) -> None:
    assert faults_of(model_id, submitted) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://fal.media/a.png",
        "ftp://fal.media/a.png",
        "https://127.0.0.1/a",
        "https://10.1.2.3/a",
        "https://169.254.169.254/latest",
        "https://[::1]/a",
        "https://[::ffff:10.0.0.1]/a",
        "https://2130706433/a",
        "https://0x7f.1/a",
        "https://localhost/a",
        "https://metadata.google.internal/a",
        "https://intranet/a",
        "https://user:word@fal.media/a",
        "https://fal.media\\@evil.example/a",
        "https://fal.media/a b",
        "https://fal.media:99999/a",
        "https:///a",
        "javascript:alert(1)",
        "data:text/html;base64,AAAA",
        "data:image/png;base64,A A",
        "file:///etc/passwd",
    ],
)
def test_a_source_image_must_be_public(url: str) -> None:
    submitted = {"prompt": "a", "image_url": url}
    environment = settings.ENVIRONMENT.model_copy(update={"fal_queue_url": "https://queue.fal.run"})
    with override_settings(ENVIRONMENT=environment):
        assert ("/input/image_url", "invalid_url") in faults_of(IMAGE_TO_IMAGE, submitted)


@pytest.mark.parametrize(
    "url",
    ["https://fal.media/a.png?x=1", "https://8.8.8.8/a", "https://a.example:8443/x", "data:image/png;base64,AAAA"],
)
def test_a_public_source_image_is_accepted(url: str) -> None:
    assert validate_input(model_named(IMAGE_TO_IMAGE), {"prompt": "a", "image_url": url})["image_url"] == url


def test_a_source_image_on_this_machine_is_accepted_beside_a_sandbox_only() -> None:
    submitted = {"prompt": "a", "image_url": "http://127.0.0.1:8000/a.png"}
    environment = settings.ENVIRONMENT.model_copy(update={"fal_queue_url": "http://127.0.0.1:8790"})
    with override_settings(ENVIRONMENT=environment):
        assert validate_input(model_named(IMAGE_TO_IMAGE), submitted)["image_url"] == submitted["image_url"]
        refused = submitted | {"image_url": "http://10.0.0.1/a.png"}
        assert faults_of(IMAGE_TO_IMAGE, refused) == {("/input/image_url", "invalid_url")}


def values_of(field: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that a field of the catalogue allows, and some that only look like it."""
    if "anyOf" in field:
        return st.one_of(*map(values_of, field["anyOf"]))
    if "enum" in field:
        return st.sampled_from(field["enum"])
    low, high = field.get("minimum"), field.get("maximum")
    strategies: dict[str, st.SearchStrategy[Any]] = {
        "boolean": st.booleans(),
        "integer": st.integers(low, high),
        "number": st.floats(low, high, allow_nan=False, allow_infinity=False),
        "object": st.fixed_dictionaries(
            {name: values_of(inner) for name, inner in field.get("properties", {}).items()}
        ),
        "string": texts_of(field),
    }
    return strategies[field["type"]]


def texts_of(field: dict[str, Any]) -> st.SearchStrategy[str]:
    if "format" in field:
        return st.just("https://fal.media/a.png")
    if field.get("pattern", "").startswith("^"):
        return st.from_regex(field["pattern"], fullmatch=True)
    return st.text(max_size=40).map(lambda text: f"{text} heron")


@given(st.data())
def test_what_was_accepted_is_accepted_again_unchanged_and_costs_something(data: st.DataObject) -> None:
    model = data.draw(st.sampled_from(list(catalogue().values())))
    fields = {name: values_of(field) for name, field in model.input_schema["properties"].items()}
    required = {name: fields.pop(name) for name in model.input_schema["required"]}
    submitted = data.draw(st.fixed_dictionaries(required, optional=fields))
    assume(not any("\0" in value for value in submitted.values() if isinstance(value, str)))
    accepted = validate_input(model, submitted)
    assert validate_input(model, accepted) == accepted
    assert accepted | submitted == accepted
    assert estimate(model, accepted) > 0
