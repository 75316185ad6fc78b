"""Stills: a composition from prompt and seed, or a repainting of an input picture, in exact size and format."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from PIL import Image, ImageOps

from generations.fal.sandbox.render.caption import draw_caption
from generations.fal.sandbox.render.compositions import paint_composition
from generations.fal.sandbox.render.palette import choose_palette, make_generator

if TYPE_CHECKING:
    from generations.fal.sandbox.render.jobs import ImageJob

# Painting costs by the pixel; larger pictures are painted at this edge and enlarged.
PAINTED_EDGE = 1024
# However strong the change, a trace of the input stays visible: the result is a repainting, not a new picture.
STRONGEST_CHANGE = 0.72

SAVE_OPTIONS: dict[str, dict[str, Any]] = {
    "jpeg": {"quality": 88},
    "png": {"compress_level": 1},
    "webp": {"quality": 85, "method": 1},
}


def render_image(job: ImageJob) -> bytes:
    """Encode the picture of `job`. Raises OSError when the source is not a picture."""
    picture = Image.new("RGB", (job.width, job.height)) if job.is_black else _paint(job)
    encoded = io.BytesIO()
    picture.save(encoded, job.extension.upper(), **SAVE_OPTIONS[job.extension])
    return encoded.getvalue()


def paint_scene(size: tuple[int, int], *, prompt: str, seed: int) -> Image.Image:
    """The bare composition of a prompt and seed, at exactly `size`, without caption."""
    generator = make_generator(prompt=prompt, seed=seed)
    palette = choose_palette(generator)
    share = min(1.0, PAINTED_EDGE / max(size))
    painted = paint_composition(
        (max(1, round(size[0] * share)), max(1, round(size[1] * share))), generator=generator, palette=palette
    )
    return painted if painted.size == size else painted.resize(size, Image.Resampling.BICUBIC)


def load_picture(path: str, *, size: tuple[int, int]) -> Image.Image:
    """Read an input picture, upright, cropped to fill `size`."""
    with Image.open(path) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    return ImageOps.fit(upright, size, Image.Resampling.BICUBIC)


def _paint(job: ImageJob) -> Image.Image:
    size = (job.width, job.height)
    scene = paint_scene(size, prompt=job.prompt, seed=job.seed)
    if job.source is not None:
        source = load_picture(job.source, size=size)
        scene = Image.blend(source, scene, alpha=job.strength * STRONGEST_CHANGE)
    draw_caption(scene, job.prompt)
    return scene
