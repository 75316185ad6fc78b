"""Films: a slow camera move over a composition with drifting lights, encoded as H.264 with an AAC track on demand."""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import av
from PIL import Image

from generations.fal.sandbox.render.caption import draw_caption
from generations.fal.sandbox.render.image import load_picture, paint_scene
from generations.fal.sandbox.render.palette import Color, choose_palette, make_generator
from generations.fal.sandbox.render.soundtrack import add_soundtrack, encode_soundtrack

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

    from generations.fal.sandbox.render.jobs import VideoJob

FRAMES_PER_SECOND = 12
CAMERA_ROOM = 1.3
ENCODER_OPTIONS = {"preset": "ultrafast", "crf": "27", "threads": "1"}


def render_video(job: VideoJob) -> bytes:
    """Encode the film of `job`, `job.seconds` long. Raises OSError when a source is not a picture."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "film.mp4"
        with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=FRAMES_PER_SECOND, options=ENCODER_OPTIONS)
            stream.width, stream.height, stream.pix_fmt = job.width, job.height, "yuv420p"
            sound = add_soundtrack(container) if job.has_audio else None
            for picture in _shoot(job):
                container.mux(stream.encode(_make_frame(picture)))
            container.mux(stream.encode())
            if sound is not None:
                encode_soundtrack(container, stream=sound, job=job)
        return path.read_bytes()


def _shoot(job: VideoJob) -> Iterator[Image.Image]:
    stage_size = (round(job.width * CAMERA_ROOM), round(job.height * CAMERA_ROOM))
    first = (
        load_picture(job.source, size=stage_size)
        if job.source
        else paint_scene(stage_size, prompt=job.prompt, seed=job.seed)
    )
    last = load_picture(job.tail_source, size=stage_size) if job.tail_source else None
    generator = make_generator(prompt=job.prompt, seed=job.seed)
    lights = _place_lights(generator, job)
    turn = generator.uniform(0, math.tau)
    count = job.seconds * FRAMES_PER_SECOND
    for number in range(count):
        progress = number / count
        stage = first if last is None else Image.blend(first, last, alpha=progress)
        picture = stage.resize((job.width, job.height), Image.Resampling.BILINEAR, box=_aim(stage, progress, turn))
        for light in lights:
            _shine(picture, light, progress)
        draw_caption(picture, job.prompt)
        yield picture


def _make_frame(picture: Image.Image) -> av.VideoFrame:
    frame: av.VideoFrame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call] # unannotated in PyAV
    return frame


def _aim(stage: Image.Image, progress: float, turn: float) -> tuple[float, float, float, float]:
    zoom = 0.9 - 0.13 * math.sin(progress * math.pi)
    width, height = stage.width * zoom, stage.height * zoom
    left = (stage.width - width) * (0.5 + 0.5 * math.cos(turn + progress * 4))
    top = (stage.height - height) * (0.5 + 0.5 * math.sin(turn + progress * 3))
    return left, top, left + width, top + height


Light = tuple[Image.Image, Color, float, float]


def _place_lights(generator: random.Random, job: VideoJob) -> list[Light]:
    palette = choose_palette(generator)
    lights: list[Light] = []
    for color in palette.pale[:3]:
        diameter = max(8, round(min(job.width, job.height) * generator.uniform(0.25, 0.6)))
        mask = Image.radial_gradient("L").point([max(0, 170 - value) for value in range(256)])
        lights.append(
            (mask.resize((diameter, diameter)), color, generator.uniform(0, math.tau), generator.uniform(1, 3))
        )
    return lights


def _shine(picture: Image.Image, light: Light, progress: float) -> None:
    mask, color, turn, pace = light
    left = picture.width * (0.5 + 0.42 * math.cos(turn + progress * pace * 2)) - mask.width / 2
    top = picture.height * (0.5 + 0.42 * math.sin(turn * 2 + progress * pace * 3)) - mask.height / 2
    picture.paste(color, (round(left), round(top)), mask)
