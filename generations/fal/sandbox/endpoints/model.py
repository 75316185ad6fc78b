"""What every model has in common: input rules in pydantic, as on the real runners, and three duties."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from generations.fal.sandbox.render.jobs import Rendered, RenderJob

SafetyTolerance = Literal["1", "2", "3", "4", "5", "6"]


@dataclass(frozen=True, slots=True)
class Source:
    """An input picture, fetched and checked; sizes in pixels."""

    path: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Work:
    """The circumstances of one run: its seed, its fetched inputs by URL, and whether the safety checker objects."""

    seed: int
    sources: Mapping[str, Source]
    is_flagged: bool = False


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A rendered file and the URL it is served from."""

    rendered: Rendered
    url: str
    name: str

    def describe(self) -> dict[str, Any]:
        """The File object of the protocol."""
        return {
            "url": self.url,
            "content_type": self.rendered.content_type,
            "file_name": self.name,
            "file_size": self.rendered.size,
        }

    def describe_image(self) -> dict[str, Any]:
        """The short Image object of the flux family."""
        return {
            "url": self.url,
            "width": self.rendered.width,
            "height": self.rendered.height,
            "content_type": self.rendered.content_type,
        }


class ModelInput(BaseModel):
    """The input of one model. Unknown fields are ignored, as the real runners do."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    # Seconds a run takes at pace 1, and how many steps its log counts.
    run_seconds: ClassVar[float] = 1.0

    sync_mode: bool = False
    seed: int | None = Field(default=None)

    @property
    def step_count(self) -> int:
        """How many steps the progress log counts up to."""
        return 10

    def source_urls(self) -> Sequence[tuple[str, str]]:
        """The input pictures to fetch first, as pairs of field name and URL."""
        return ()

    def plan(self, work: Work) -> list[RenderJob]:
        """The files to render."""
        raise NotImplementedError

    def describe(self, files: Sequence[PublishedFile], work: Work) -> dict[str, Any]:
        """The answer of the model, in its own shape."""
        raise NotImplementedError

    def billable_units(self, files: Sequence[PublishedFile]) -> Decimal:
        """The quantity that is multiplied with the unit price."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One entry of the catalogue; `unit_price` is in US dollars per `unit`."""

    id: str
    name: str
    category: str
    input_type: type[ModelInput]
    unit_price: Decimal
    unit: str


def to_data_uri(rendered: Rendered) -> str:
    """The file inlined, as `sync_mode` asks."""
    return f"data:{rendered.content_type};base64,{base64.b64encode(rendered.path.read_bytes()).decode()}"
