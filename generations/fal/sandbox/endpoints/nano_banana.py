"""Google's image models and Seedream: images priced by the piece, without seed or safety flags in the answer."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from generations.fal.sandbox.endpoints.image_sizes import (
    AspectRatio,
    ImageSize,
    Preset,
    fit_ratio,
    parse_ratio,
    resolve_size,
)
from generations.fal.sandbox.endpoints.model import ModelInput, PublishedFile, SafetyTolerance, Work
from generations.fal.sandbox.render.jobs import ImageJob, RenderJob

if TYPE_CHECKING:
    from collections.abc import Sequence

RESOLUTION_EDGES = {"0.5K": 512, "1K": 1024, "2K": 2048, "4K": 4096}
RESOLUTION_FACTORS = {"0.5K": Decimal("0.75"), "1K": Decimal(1), "2K": Decimal("1.5"), "4K": Decimal(2)}
WEB_SEARCH_UNITS = Decimal("0.1875")
THINKING_UNITS = Decimal("0.025")


class NanoBananaInput(ModelInput):
    """fal-ai/nano-banana: an aspect ratio at about one megapixel."""

    prompt: str = Field(min_length=3, max_length=50_000)
    num_images: int = Field(default=1, ge=1, le=4)
    aspect_ratio: AspectRatio = "auto"
    output_format: Literal["jpeg", "png", "webp"] = "png"
    limit_generations: bool = True
    system_prompt: str = ""

    @property
    def edge(self) -> int:
        """The edge of a square picture at the resolution asked for."""
        return 1024

    def plan(self, work: Work) -> list[RenderJob]:
        """One job an image; the first input picture, if any, is the one that is edited."""
        source = next(iter(work.sources.values()), None)
        shape = source.width / source.height if source is not None else 1.0
        ratio = shape if self.aspect_ratio == "auto" else parse_ratio(self.aspect_ratio)
        width, height = fit_ratio(min(max(ratio, 1 / 8), 8), pixels=self.edge**2)
        return [
            ImageJob(
                prompt=self.prompt,
                seed=work.seed + number,
                width=width,
                height=height,
                extension=self.output_format,
                source=source.path if source is not None else None,
                strength=0.7,
                is_black=work.is_flagged,
            )
            for number in range(self.num_images)
        ]

    def describe(self, files: Sequence[PublishedFile], work: Work) -> dict[str, Any]:
        """Full file objects and a sentence about them."""
        return {
            "images": [file.describe_image() | file.describe() for file in files],
            "description": f"{len(files)} image(s) for the prompt.",
        }

    def billable_units(self, files: Sequence[PublishedFile]) -> Decimal:
        """Images."""
        return Decimal(len(files))


class NanoBanana2Input(NanoBananaInput):
    """fal-ai/nano-banana-2 and nano-banana-pro."""

    resolution: Literal["0.5K", "1K", "2K", "4K"] = "1K"
    safety_tolerance: SafetyTolerance = "4"
    enable_web_search: bool = False
    thinking_level: Literal["minimal", "high"] | None = None

    @property
    def edge(self) -> int:
        """From 512 at 0.5K to 4096 at 4K."""
        return RESOLUTION_EDGES[self.resolution]

    def billable_units(self, files: Sequence[PublishedFile]) -> Decimal:
        """Images at 1K, with the factors and surcharges of the price list."""
        units = len(files) * RESOLUTION_FACTORS[self.resolution]
        extras = WEB_SEARCH_UNITS * self.enable_web_search + THINKING_UNITS * (self.thinking_level == "high")
        return units + extras


class NanoBananaProInput(NanoBanana2Input):
    """fal-ai/nano-banana-pro: only 4K costs more."""

    def billable_units(self, files: Sequence[PublishedFile]) -> Decimal:
        """Images; a 4K image counts twice."""
        return Decimal(len(files) * (2 if self.resolution == "4K" else 1))


class NanoBananaEditInput(NanoBanana2Input):
    """fal-ai/nano-banana-2/edit."""

    image_urls: list[str] = Field(min_length=1)

    def source_urls(self) -> Sequence[tuple[str, str]]:
        """The pictures to edit."""
        return [("image_urls", url) for url in self.image_urls]


class SeedreamInput(ModelInput):
    """fal-ai/bytedance/seedream/v4.5/text-to-image."""

    prompt: str
    image_size: Preset | ImageSize = "square_hd"
    num_images: int = Field(default=1, ge=1, le=6)
    max_images: int = Field(default=1, ge=1, le=6)
    enable_safety_checker: bool = True

    def plan(self, work: Work) -> list[RenderJob]:
        """One PNG an image."""
        width, height = resolve_size(self.image_size)
        return [
            ImageJob(self.prompt, work.seed + number, width, height, "png", is_black=work.is_flagged)
            for number in range(self.num_images)
        ]

    def describe(self, files: Sequence[PublishedFile], work: Work) -> dict[str, Any]:
        """Full file objects and the seed."""
        return {"images": [file.describe_image() | file.describe() for file in files], "seed": work.seed}

    def billable_units(self, files: Sequence[PublishedFile]) -> Decimal:
        """Images."""
        return Decimal(len(files))
