"""Files are found in an answer whatever else is in it."""

from typing import Any

import pytest

from generations.fal.catalogue import model_named, outputs_of
from generations.fal.errors import JobFailed

FLUX = model_named("fal-ai/flux/schnell")
VIDEO = model_named("fal-ai/veo3.1")
SOUND = model_named("fal-ai/elevenlabs/tts/turbo-v2.5")
A, B = {"url": "https://fal.media/a.png", "content_type": "image/png"}, {"url": "https://fal.media/b.png"}


def test_each_kind_has_its_place() -> None:
    assert outputs_of(FLUX, {"images": [A, B]}) == ("https://fal.media/a.png", "https://fal.media/b.png")
    assert outputs_of(VIDEO, {"video": {"url": "https://v", "file_name": "v.mp4"}}) == ("https://v",)
    assert outputs_of(SOUND, {"audio": {"url": "https://s"}, "timestamps": []}) == ("https://s",)


def test_blackened_images_are_left_out() -> None:
    found = outputs_of(FLUX, {"images": [A, B], "has_nsfw_concepts": [True, False]})
    assert found == ("https://fal.media/b.png",)


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ({"images": [A], "has_nsfw_concepts": [True]}, "content_policy_violation"),
        ({}, "no_media_generated"),
        ({"images": []}, "no_media_generated"),
        ({"images": None}, "no_media_generated"),
        ({"images": {"url": 5}}, "no_media_generated"),
        ({"images": [None, 3, [], {"url": ""}, {"href": "x"}]}, "no_media_generated"),
        ({"video": {"url": "https://v"}}, "no_media_generated"),
    ],
)
def test_an_answer_without_usable_files_says_why(output: dict[str, Any], code: str) -> None:
    with pytest.raises(JobFailed) as failure:
        outputs_of(FLUX, output)
    assert failure.value.code == code


@pytest.mark.parametrize("flags", [None, True, "yes", [], ["true"], {"0": True}])
def test_flags_of_another_shape_withhold_nothing(flags: object) -> None:
    assert len(outputs_of(FLUX, {"images": [A], "has_nsfw_concepts": flags})) == 1


def test_a_flood_of_files_is_cut() -> None:
    assert len(outputs_of(FLUX, {"images": [{"url": "https://x", "file_name": 5}] * 1000})) == 16
