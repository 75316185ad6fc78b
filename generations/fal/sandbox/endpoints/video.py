"""Kling, Veo and Hailuo: films of a few seconds, from a prompt or from a first picture."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from generations.fal.sandbox.endpoints.image_sizes import parse_ratio, snap_to_grid
from generations.fal.sandbox.endpoints.model import ModelInput, PublishedFile, SafetyTolerance, Work
from generations.fal.sandbox.render.jobs import RenderJob, VideoJob

if TYPE_CHECKING:
    from collections.abc import Sequence

# Real films are larger; the shape is what matters here, and a small frame keeps encoding far below a second.
FRAME_EDGES = {"720p": 640, "1080p": 960, "4k": 1280}
EVEN = 2


class VideoInput(ModelInput):
    """What all film models share. Subclasses say how long, in which shape and whether it sounds."""

    run_seconds: ClassVar[float] = 3.0

    prompt: str = Field(max_length=2500)
    negative_prompt: str = "blur, distort, and low quality"

    @property
    def seconds(self) -> int:
        """Length of the film."""
        raise NotImplementedError

    @property
    def first_picture(self) -> str | None:
        """URL of the picture the film starts from."""
        return None

    @property
    def last_picture(self) -> str | None:
        """URL of the picture the film ends with."""
        return None

    @property
    def ratio(self) -> float:
        """Width : height when no picture decides it."""
        return 16 / 9

    @property
    def long_edge(self) -> int:
        """The longer edge in pixels."""
        return FRAME_EDGES["720p"]

    @property
    def has_audio(self) -> bool:
        """Whether the film has an AAC track."""
        return False

    @property
    def step_count(self) -> int:
        """Film models log in finer steps."""
        return 20

    def source_urls(self) -> Sequence[tuple[str, str]]:
        """First and last picture, as far as given."""
        pictures = (("image_url", self.first_picture), ("tail_image_url", self.last_picture))
        return [(field, url) for field, url in pictures if url]

    def plan(self, work: Work) -> list[RenderJob]:
        """One film, in the shape of its first picture if it has one."""
        first = work.sources.get(self.first_picture or "")
        last = work.sources.get(self.last_picture or "")
        ratio = first.width / first.height if first is not None else self.ratio
        width, height = self.long_edge * min(1.0, ratio), self.long_edge / max(1.0, ratio)
        return [
            VideoJob(
                prompt=self.prompt,
                seed=work.seed,
                width=snap_to_grid(width, grid=EVEN),
                height=snap_to_grid(height, grid=EVEN),
                seconds=self.seconds,
                has_audio=self.has_audio,
                source=first.path if first is not None else None,
                tail_source=last.path if last is not None else None,
            )
        ]

    def describe(self, files: Sequence[PublishedFile], work: Work) -> dict[str, Any]:
        """The one file."""
        return {"video": files[0].describe()}

    def billable_units(self, files: Sequence[PublishedFile]) -> Decimal:
        """Seconds."""
        return Decimal(self.seconds)


class KlingTurboInput(VideoInput):
    """fal-ai/kling-video/v2.5-turbo/pro: durations are strings."""

    duration: Literal["5", "10"] = "5"
    cfg_scale: float = Field(default=0.5, ge=0, le=1)

    @property
    def seconds(self) -> int:
        """Five or ten."""
        return int(self.duration)


class KlingTurboTextInput(KlingTurboInput):
    """…/text-to-video."""

    aspect_ratio: Literal["16:9", "9:16", "1:1"] = "16:9"

    @property
    def ratio(self) -> float:
        """As asked."""
        return parse_ratio(self.aspect_ratio)


class KlingTurboImageInput(KlingTurboInput):
    """…/image-to-video: the picture decides the shape."""

    image_url: str
    tail_image_url: str | None = None

    @property
    def first_picture(self) -> str | None:
        """The picture to set in motion."""
        return self.image_url

    @property
    def last_picture(self) -> str | None:
        """Where the motion ends, if given."""
        return self.tail_image_url


class KlingThreeInput(KlingTurboTextInput):
    """fal-ai/kling-video/v3/pro/text-to-video: any length from 3 to 15 s, sounding unless told otherwise."""

    duration: Literal["3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15"] = "5"  # type: ignore[assignment] # pydantic lets a field be replaced
    generate_audio: bool = True
    shot_type: Literal["customize", "intelligent"] = "customize"

    @property
    def has_audio(self) -> bool:
        """As asked."""
        return self.generate_audio

    def billable_units(self, files: Sequence[PublishedFile]) -> Decimal:
        """Seconds; a sounding second counts one and a half times."""
        return self.seconds * (Decimal("1.5") if self.generate_audio else Decimal(1))


class VeoInput(VideoInput):
    """fal-ai/veo3.1."""

    sounding_factor: ClassVar[Decimal] = Decimal(2)

    prompt: str
    negative_prompt: str = ""
    aspect_ratio: Literal["16:9", "9:16"] = "16:9"
    duration: Literal["4s", "6s", "8s"] = "8s"
    resolution: Literal["720p", "1080p", "4k"] = "720p"
    generate_audio: bool = True
    auto_fix: bool = True
    safety_tolerance: SafetyTolerance = "4"

    @property
    def seconds(self) -> int:
        """Four, six or eight."""
        return int(self.duration.removesuffix("s"))

    @property
    def ratio(self) -> float:
        """As asked."""
        return parse_ratio(self.aspect_ratio)

    @property
    def long_edge(self) -> int:
        """Follows the resolution, scaled down."""
        return FRAME_EDGES[self.resolution]

    @property
    def has_audio(self) -> bool:
        """As asked."""
        return self.generate_audio

    def billable_units(self, files: Sequence[PublishedFile]) -> Decimal:
        """Silent 720p seconds; sound and 4k raise the factor."""
        factor = self.sounding_factor if self.generate_audio else Decimal(1)
        return self.seconds * (factor + (1 if self.resolution == "4k" else 0))


class VeoFastInput(VeoInput):
    """fal-ai/veo3.1/fast: sound costs half again instead of double."""

    sounding_factor: ClassVar[Decimal] = Decimal("1.5")


class HailuoInput(VideoInput):
    """fal-ai/minimax/hailuo-02/pro/text-to-video: always six seconds."""

    prompt_optimizer: bool = True

    @property
    def seconds(self) -> int:
        """Fixed."""
        return 6
