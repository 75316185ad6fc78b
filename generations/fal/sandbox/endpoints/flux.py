"""The FLUX family: text to image in three qualities, and image to image."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from generations.fal.sandbox.endpoints.image_sizes import (
    MEGAPIXEL,
    ImageSize,
    Preset,
    count_megapixels,
    fit_source,
    resolve_size,
)
from generations.fal.sandbox.endpoints.model import ModelInput, PublishedFile, SafetyTolerance, Work
from generations.fal.sandbox.render.jobs import ImageJob, RenderJob

if TYPE_CHECKING:
    from collections.abc import Sequence


class FluxInput(ModelInput):
    """What all FLUX endpoints share, and the answer they all give."""

    prompt: str
    num_images: int = Field(default=1, ge=1, le=4)
    output_format: Literal["jpeg", "png"] = "jpeg"

    def size(self, work: Work) -> tuple[int, int]:
        """Width and height of every image of the run."""
        raise NotImplementedError

    def plan(self, work: Work) -> list[RenderJob]:
        """One job an image; each further image has the next seed."""
        width, height = self.size(work)
        return [
            ImageJob(
                prompt=self.prompt,
                seed=work.seed + number,
                width=width,
                height=height,
                extension=self.output_format,
                is_black=work.is_flagged,
            )
            for number in range(self.num_images)
        ]

    def describe(self, files: Sequence[PublishedFile], work: Work) -> dict[str, Any]:
        """FluxOutput: a safety hit is a black image and a flag, with status 200."""
        return {
            "images": [file.describe_image() for file in files],
            "timings": {"inference": 0.5 * len(files)},
            "seed": work.seed,
            "has_nsfw_concepts": [work.is_flagged for _ in files],
            "prompt": self.prompt,
        }

    def billable_units(self, files: Sequence[PublishedFile]) -> Decimal:
        """Megapixels, rounded up for each image."""
        return Decimal(sum(count_megapixels((file.rendered.width, file.rendered.height)) for file in files))


class FluxTextInput(FluxInput):
    """FLUX from a prompt alone, in a preset or custom size."""

    image_size: Preset | ImageSize = "landscape_4_3"

    def size(self, work: Work) -> tuple[int, int]:
        """The size asked for."""
        return resolve_size(self.image_size)


class FluxSchnellInput(FluxTextInput):
    """fal-ai/flux/schnell."""

    num_inference_steps: int = Field(default=4, ge=1, le=12)
    guidance_scale: float = Field(default=3.5, ge=1, le=20)
    enable_safety_checker: bool = True
    acceleration: Literal["none", "regular", "high"] = "none"

    @property
    def step_count(self) -> int:
        """The steps asked for."""
        return self.num_inference_steps


class FluxDevInput(FluxSchnellInput):
    """fal-ai/flux/dev."""

    num_inference_steps: int = Field(default=28, ge=1, le=50)


class FluxProInput(FluxTextInput):
    """fal-ai/flux-pro/v1.1."""

    safety_tolerance: SafetyTolerance = "2"
    enhance_prompt: bool = False


class FluxImageInput(FluxInput):
    """fal-ai/flux/dev/image-to-image: the result has the shape of the input picture."""

    image_url: str
    strength: float = Field(default=0.95, ge=0.01, le=1)
    num_inference_steps: int = Field(default=40, ge=10, le=50)
    guidance_scale: float = Field(default=3.5, ge=1, le=20)
    enable_safety_checker: bool = True
    acceleration: Literal["none", "regular", "high"] = "none"

    @property
    def step_count(self) -> int:
        """The steps asked for."""
        return self.num_inference_steps

    def source_urls(self) -> Sequence[tuple[str, str]]:
        """The picture to repaint."""
        return (("image_url", self.image_url),)

    def size(self, work: Work) -> tuple[int, int]:
        """The size of the input picture, brought down to about one megapixel."""
        return fit_source(work.sources[self.image_url], pixels=MEGAPIXEL)

    def plan(self, work: Work) -> list[RenderJob]:
        """Repaint the source once per image."""
        width, height = self.size(work)
        return [
            ImageJob(
                prompt=self.prompt,
                seed=work.seed + number,
                width=width,
                height=height,
                extension=self.output_format,
                source=work.sources[self.image_url].path,
                strength=self.strength,
                is_black=work.is_flagged,
            )
            for number in range(self.num_images)
        ]
