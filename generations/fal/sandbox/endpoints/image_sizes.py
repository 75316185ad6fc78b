"""Sizes in pixels for presets, aspect ratios and input pictures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field

if TYPE_CHECKING:
    from generations.fal.sandbox.endpoints.model import Source

Preset = Literal["square_hd", "square", "portrait_4_3", "portrait_16_9", "landscape_4_3", "landscape_16_9"]
AspectRatio = Literal[
    "auto", "21:9", "16:9", "3:2", "4:3", "5:4", "1:1", "4:5", "3:4", "2:3", "9:16", "4:1", "1:4", "8:1", "1:8"
]

PRESET_SIZES: dict[str, tuple[int, int]] = {
    "square_hd": (1024, 1024),
    "square": (512, 512),
    "portrait_4_3": (768, 1024),
    "portrait_16_9": (576, 1024),
    "landscape_4_3": (1024, 768),
    "landscape_16_9": (1024, 576),
}
GRID = 16
MEGAPIXEL = 1_000_000


class ImageSize(BaseModel):
    """A custom size; bounds and defaults are those of the fal toolkit."""

    width: int = Field(default=512, gt=0, le=14142)
    height: int = Field(default=512, gt=0, le=14142)


def resolve_size(size: Preset | ImageSize) -> tuple[int, int]:
    """Width and height of a preset or a custom size."""
    return (size.width, size.height) if isinstance(size, ImageSize) else PRESET_SIZES[size]


def fit_ratio(ratio: float, *, pixels: float) -> tuple[int, int]:
    """About `pixels` pixels at width : height = `ratio`, both on the grid models work on."""
    width = math.sqrt(pixels * ratio)
    return snap_to_grid(width, grid=GRID), snap_to_grid(width / ratio, grid=GRID)


def fit_source(source: Source, *, pixels: float) -> tuple[int, int]:
    """The shape of an input picture, brought down to about `pixels` if it is larger."""
    if source.width * source.height <= pixels:
        return source.width, source.height
    return fit_ratio(source.width / source.height, pixels=pixels)


def parse_ratio(ratio: str) -> float:
    """Width divided by height, from text such as 16:9."""
    width, height = ratio.split(":")
    return int(width) / int(height)


def count_megapixels(size: tuple[int, int]) -> int:
    """Megapixels as billed: rounded up."""
    return math.ceil(size[0] * size[1] / MEGAPIXEL)


def snap_to_grid(length: float, *, grid: int) -> int:
    """The nearest multiple of `grid`, at least one."""
    return max(grid, round(length / grid) * grid)
