"""Measures a file by decoding it: what FAL says about size and length is not believed."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.video.stream import VideoStream

from generations.fal.catalogue import MediaKind
from generations.media.decoding import check_size, corrupt, opened_image, opened_media

LEAST_COMPLETENESS: Final = 0.9
LONGEST_SECONDS: Final = 4 * 3600.0


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """`width` and `height` in pixels for pictures, `duration` in seconds for what has a length."""

    width: int | None = None
    height: int | None = None
    duration: float | None = None


def probe(path: Path, *, kind: MediaKind, content_type: str) -> MediaFacts:
    """The real measures. Raises OutputRejected with `output_corrupt` or `output_too_large`."""
    if kind is MediaKind.IMAGE:
        return _probe_image(path, content_type)
    with opened_media(path, content_type) as container:
        return _probe_video(container) if kind is MediaKind.VIDEO else _probe_audio(container)


def _probe_image(path: Path, content_type: str) -> MediaFacts:
    # `verify` leaves the image unusable, and only `load` finds a file that was cut short.
    with opened_image(path, content_type) as image:
        image.verify()
    with opened_image(path, content_type) as image:
        image.load()
        return MediaFacts(width=image.width, height=image.height)


def _probe_video(container: InputContainer) -> MediaFacts:
    stream = next(iter(container.streams.video), None)
    if stream is None or not _has_decoder(stream):
        raise corrupt()
    width, height = stream.codec_context.width, stream.codec_context.height
    check_size(width, height)
    return MediaFacts(width, height, _measured_seconds(container, stream))


def _probe_audio(container: InputContainer) -> MediaFacts:
    stream = next(iter(container.streams.audio), None)
    if stream is None or not _has_decoder(stream):
        raise corrupt()
    return MediaFacts(duration=_measured_seconds(container, stream))


def _has_decoder(stream: VideoStream | AudioStream) -> bool:
    """A file without its index has a stream but no decoder for it; the library's types omit that."""
    decoder: Any = stream.codec_context
    return decoder is not None


def _measured_seconds(container: InputContainer, stream: VideoStream | AudioStream) -> float:
    """The end of the last packet, in seconds. A file that ends well before its header says was cut short."""
    if next(container.decode(stream), None) is None:
        raise corrupt()
    container.seek(0)
    time_base = stream.time_base or Fraction(1, 1)
    ends = [
        (packet.pts + (packet.duration or 0)) * time_base
        for packet in container.demux(stream)
        if packet.pts is not None and packet.size
    ]
    seconds = float(max(ends, default=Fraction(0)) - (stream.start_time or 0) * time_base)
    declared = float((stream.duration or 0) * time_base)
    if not 0 < seconds <= LONGEST_SECONDS or seconds < LEAST_COMPLETENESS * declared:
        raise corrupt()
    return round(seconds, 3)
