"""Files are real: exact sizes and types, declared lengths, the same bytes for the same seed."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import av
import httpx
import pytest
from PIL import Image, ImageChops, ImageStat

from generations.fal.sandbox.render.audio import render_speech
from generations.fal.sandbox.render.image import render_image
from generations.fal.sandbox.render.jobs import ImageJob, SpeechJob, VideoJob
from generations.fal.sandbox.render.video import render_video
from tests.support.sandbox import IMAGE, Sandbox

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = "[[dev]] <script>alert(1)</script> \x00\x1b[2J \ud800 \u202eevil 日本 " + "w" * 5000


def open_image(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def difference_of(first: bytes, second: bytes) -> float:
    pictures = [open_image(content).convert("RGB") for content in (first, second)]
    return sum(ImageStat.Stat(ImageChops.difference(*pictures)).mean)


def length_of(content: bytes) -> float:
    with av.open(io.BytesIO(content), "r") as container:
        assert container.duration is not None
        return container.duration / 1_000_000


def picture_of(frame: av.VideoFrame) -> Image.Image:
    picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call] # unannotated in PyAV
    return picture


@pytest.mark.parametrize(
    ("image_size", "expected"),
    [("square", (512, 512)), ("portrait_16_9", (576, 1024)), ({"width": 333, "height": 77}, (333, 77))],
)
@pytest.mark.parametrize("output_format", ["jpeg", "png"])
def test_an_image_has_the_size_and_type_asked_for(
    sandbox: Sandbox, image_size: object, expected: tuple[int, int], output_format: str
) -> None:
    result = sandbox.complete(image_size=image_size, output_format=output_format).json()

    described = result["images"][0]
    answer = sandbox.client.get(described["url"])
    picture = open_image(answer.content)
    assert (described["width"], described["height"]) == picture.size == expected
    assert described["content_type"] == answer.headers["content-type"] == f"image/{output_format}"
    assert picture.format == output_format.upper()


def test_nano_banana_follows_ratio_resolution_and_format(sandbox: Sandbox) -> None:
    asked = {"aspect_ratio": "16:9", "resolution": "0.5K", "output_format": "webp"}

    described = sandbox.complete("fal-ai/nano-banana-2", **asked).json()["images"][0]

    picture = open_image(sandbox.client.get(described["url"]).content)
    assert picture.format == "WEBP"
    assert picture.size == (described["width"], described["height"])
    assert picture.width / picture.height == pytest.approx(16 / 9, rel=0.05)


def test_the_same_prompt_and_seed_give_the_same_bytes() -> None:
    job = ImageJob("a fox", 1, 320, 240)

    assert render_image(job) == render_image(job)


def test_prompt_and_seed_both_show() -> None:
    first = render_image(ImageJob("a fox", 1, 320, 240, "png"))

    assert difference_of(first, render_image(ImageJob("a fox", 2, 320, 240, "png"))) > 10
    assert difference_of(first, render_image(ImageJob("a hen", 1, 320, 240, "png"))) > 10


def test_an_image_from_an_image_resembles_its_source(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(render_image(ImageJob("source", 5, 160, 120, "png")))

    weak = render_image(ImageJob("other", 1, 160, 120, "png", source=str(source), strength=0.1))
    strong = render_image(ImageJob("other", 1, 160, 120, "png", source=str(source), strength=1.0))

    assert difference_of(source.read_bytes(), weak) < difference_of(source.read_bytes(), strong)
    assert difference_of(strong, render_image(ImageJob("other", 1, 160, 120, "png"))) > 5


@pytest.mark.parametrize("is_inline", [True, False])
def test_the_input_picture_may_be_a_data_uri_or_an_own_file(sandbox: Sandbox, *, is_inline: bool) -> None:
    url = sandbox.complete(image_size={"width": 96, "height": 64}).json()["images"][0]["url"]
    if is_inline:
        url = f"data:image/jpeg;base64,{base64.b64encode(sandbox.client.get(url).content).decode()}"

    result = sandbox.complete("fal-ai/flux/dev/image-to-image", image_url=url).json()

    assert (result["images"][0]["width"], result["images"][0]["height"]) == (96, 64)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/x.png",
        "http://0.0.0.0:{port}/health",  # answers, but is no loopback address
        "file:///etc/passwd",
        "data:image/png;base64,%%",
    ],
)
def test_an_input_picture_from_elsewhere_is_refused(sandbox: Sandbox, url: str) -> None:
    address = url.format(port=httpx.URL(sandbox.base_url).port)

    answer = sandbox.complete("fal-ai/flux/dev/image-to-image", image_url=address)

    assert answer.status_code == 422
    assert answer.json()["detail"][0]["type"] == "file_download_error"


def test_an_input_that_is_no_picture_is_refused(sandbox: Sandbox) -> None:
    answer = sandbox.complete("fal-ai/flux/dev/image-to-image", image_url="data:text/plain,hello")

    assert answer.json()["detail"][0]["type"] == "image_load_error"


def test_sync_mode_answers_with_a_data_uri(sandbox: Sandbox) -> None:
    url = sandbox.complete(sync_mode=True).json()["images"][0]["url"]

    assert open_image(base64.b64decode(url.removeprefix("data:image/jpeg;base64,"))).size == (64, 64)


def test_a_film_has_the_length_shape_and_codecs_asked_for(sandbox: Sandbox) -> None:
    asked = {"duration": "4s", "aspect_ratio": "9:16", "generate_audio": True}

    described = sandbox.complete("fal-ai/veo3.1", **asked).json()["video"]

    content = sandbox.client.get(described["url"]).content
    assert described["file_size"] == len(content)
    with av.open(io.BytesIO(content), "r") as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.codec_context.pix_fmt) == ("h264", "yuv420p")
        assert video.width / video.height == pytest.approx(9 / 16)
        assert audio.codec_context.name == "aac"
    assert length_of(content) == pytest.approx(4, abs=0.1)


def test_a_silent_film_has_no_sound_and_moves() -> None:
    content = render_video(VideoJob("a fox", 1, 160, 90, seconds=2))

    with av.open(io.BytesIO(content), "r") as container:
        assert not container.streams.audio
        frames = [picture_of(frame) for frame in container.decode(video=0)]
    assert len(frames) == 24
    assert sum(ImageStat.Stat(ImageChops.difference(frames[0], frames[12])).mean) > 3


def test_the_same_film_has_the_same_bytes() -> None:
    job = VideoJob("a fox", 1, 160, 90, seconds=1, has_audio=True)

    assert render_video(job) == render_video(job)


def test_a_film_from_a_picture_takes_its_shape(sandbox: Sandbox) -> None:
    picture = sandbox.complete(image_size={"width": 64, "height": 128}).json()["images"][0]["url"]

    described = sandbox.complete("fal-ai/kling-video/v2.5-turbo/pro/image-to-video", image_url=picture).json()["video"]

    with av.open(io.BytesIO(sandbox.client.get(described["url"]).content), "r") as container:
        assert (container.streams.video[0].width, container.streams.video[0].height) == (320, 640)


def test_speech_lasts_as_long_as_its_text() -> None:
    short, short_seconds = render_speech(SpeechJob("One two three.", "Rachel", 1.0))
    _, long_seconds = render_speech(SpeechJob("One two three. " * 4, "Rachel", 1.0))

    assert length_of(short) == pytest.approx(short_seconds, abs=0.1)
    assert 3 < long_seconds / short_seconds < 6


def test_voice_and_speed_are_heard() -> None:
    rachel, seconds = render_speech(SpeechJob("One two three four five.", "Rachel", 1.0))
    adam, _ = render_speech(SpeechJob("One two three four five.", "Adam", 1.0))
    _, fast_seconds = render_speech(SpeechJob("One two three four five.", "Rachel", 1.2))

    assert rachel != adam
    assert fast_seconds < seconds


def test_the_same_words_sound_the_same_however_much_was_said_before() -> None:
    job = SpeechJob("Hello.", "Rachel", 1.0)
    first = render_speech(job)
    render_speech(SpeechJob("Something else entirely.", "Adam", 1.1))

    assert render_speech(job) == first


def test_speech_through_the_api_is_an_mp3_with_word_times(sandbox: Sandbox) -> None:
    asked: dict[str, Any] = {"text": "One two three.", "timestamps": True}

    result = sandbox.complete("fal-ai/elevenlabs/tts/turbo-v2.5", **asked).json()

    answer = sandbox.client.get(result["audio"]["url"])
    assert answer.headers["content-type"] == "audio/mpeg"
    assert [entry["text"] for entry in result["timestamps"]] == ["One", "two", "three."]
    assert result["timestamps"][-1]["end"] == pytest.approx(length_of(answer.content), abs=0.1)


def test_minimax_speech_is_hexadecimal_unless_told_otherwise(sandbox: Sandbox) -> None:
    result = sandbox.complete("fal-ai/minimax/speech-02-hd", text="One.").json()

    content = bytes.fromhex(result["audio"]["url"])
    assert length_of(content) * 1000 == pytest.approx(result["duration_ms"], abs=100)


def test_hostile_text_is_drawn_filmed_and_spoken() -> None:
    assert open_image(render_image(ImageJob(HOSTILE, 1, 200, 200))).size == (200, 200)
    assert render_video(VideoJob(HOSTILE, 1, 160, 160, seconds=1))
    assert render_speech(SpeechJob(HOSTILE[:80], HOSTILE, 1.0, "xx"))[0]


def test_hostile_text_comes_back_as_it_was_sent(sandbox: Sandbox) -> None:
    prompt = HOSTILE.replace("\ud800", "")

    assert sandbox.complete(prompt=prompt).json()["prompt"] == prompt


def test_half_a_character_does_no_harm(sandbox: Sandbox) -> None:
    submitted = sandbox.client.post(f"/{IMAGE}", content=b'{"prompt": "\\ud800"}').json()

    assert sandbox.wait_for_result(submitted).json()["prompt"] == "\ud800"


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (4000, 2)])
def test_extreme_shapes_are_rendered(size: tuple[int, int]) -> None:
    assert open_image(render_image(ImageJob("a fox", 3, *size))).size == size
