"""What a renderer is asked for. Jobs are plain and frozen: they travel to workers as JSON and key the cache."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class ImageJob:
    """A still of `width` x `height` pixels.

    `source` is the path of an input picture, kept to the degree 1 - `strength`.
    """

    prompt: str
    seed: int
    width: int
    height: int
    extension: str = "jpeg"
    source: str | None = None
    strength: float = 1.0
    is_black: bool = False


@dataclass(frozen=True, slots=True)
class VideoJob:
    """A silent or sounding film of `seconds`; `source` and `tail_source` are paths of its first and last picture."""

    prompt: str
    seed: int
    width: int
    height: int
    seconds: int
    has_audio: bool = False
    source: str | None = None
    tail_source: str | None = None
    extension: str = "mp4"


@dataclass(frozen=True, slots=True)
class SpeechJob:
    """Spoken `text`; `speed` 1.0 is the voice's own pace."""

    text: str
    voice: str
    speed: float
    language: str = "en"
    extension: str = "mp3"


CONTENT_TYPES = {
    "jpeg": "image/jpeg",
    "png": "image/png",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
}

RenderJob = ImageJob | VideoJob | SpeechJob
JOB_TYPES: dict[str, type[RenderJob]] = {kind.__name__: kind for kind in (ImageJob, VideoJob, SpeechJob)}


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished file on disk. `width` and `height` are 0 for sound; `seconds` is 0 for stills."""

    path: Path
    content_type: str
    size: int
    width: int
    height: int
    seconds: float


def digest_of(job: RenderJob) -> str:
    """The cache key: equal jobs have equal bytes, so they share one file."""
    return hashlib.sha256(repr(job).encode()).hexdigest()


def encode_job(job: RenderJob, path: Path) -> bytes:
    """One line of JSON: what to render, and where to put it."""
    return json.dumps([type(job).__name__, dataclasses.asdict(job), str(path)]).encode() + b"\n"


def decode_job(line: bytes) -> tuple[RenderJob, str]:
    """The inverse of `encode_job`."""
    kind, fields, path = json.loads(line)
    return JOB_TYPES[kind](**fields), path
