"""Small pictures for lists: an image made smaller, a moment of a video, the shape of a sound."""

from array import array
from io import BytesIO
from pathlib import Path
from typing import Final

import av
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from PIL import Image, ImageDraw

from generations.fal.catalogue import MediaKind
from generations.media.decoding import corrupt, opened_image, opened_media

LONGEST_SIDE: Final = 512
WEBP_QUALITY: Final = 80
CONTENT_TYPE: Final = "image/webp"
WAVE_SIZE: Final = (512, 128)
WAVE_BARS: Final = 128
WAVE_COLOUR: Final = (99, 102, 241, 255)
WAVE_RATE: Final = 8000
MAX_WAVE_SECONDS: Final = 600


def thumbnail_of(path: Path, *, kind: MediaKind, content_type: str) -> bytes:
    """A WebP picture of at most 512 pixels a side. Raises OutputRejected for what cannot be decoded."""
    if kind is MediaKind.IMAGE:
        with opened_image(path, content_type) as image:
            # JPEG can be decoded at a fraction of its size, which saves most of the work.
            image.draft("RGB", (LONGEST_SIDE * 2, LONGEST_SIDE * 2))
            return _webp(image)
    with opened_media(path, content_type) as container:
        return _webp(_moment(container) if kind is MediaKind.VIDEO else _wave(container))


def _webp(image: Image.Image) -> bytes:
    has_transparency = "A" in image.getbands() or "transparency" in image.info
    small = image.convert("RGBA" if has_transparency else "RGB")
    small.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    output = BytesIO()
    small.save(output, "WEBP", quality=WEBP_QUALITY)
    return output.getvalue()


def _moment(container: InputContainer) -> Image.Image:
    """A frame a third into the video: the first one is often black."""
    stream = container.streams.video[0]
    if container.duration:
        container.seek(container.duration // 3)
    frame = next(container.decode(stream), None)
    if frame is None:
        raise corrupt()
    scale = min(1.0, LONGEST_SIDE / max(frame.width, frame.height))
    small = frame.reformat(width=max(2, int(frame.width * scale)), height=max(2, int(frame.height * scale)))
    image: Image.Image = small.to_image()  # type: ignore[no-untyped-call] # PyAV types it in part
    return image


def _wave(container: InputContainer) -> Image.Image:
    """Loudness over time as bars around the middle line."""
    peaks = _peaks(container)
    loudest = max(peaks, default=0) or 1
    image = Image.new("RGBA", WAVE_SIZE, (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    width, middle = WAVE_SIZE[0] / WAVE_BARS, WAVE_SIZE[1] / 2
    for bar in range(WAVE_BARS):
        slot = slice(bar * len(peaks) // WAVE_BARS, (bar + 1) * len(peaks) // WAVE_BARS or 1)
        half = max(1.0, middle * max(peaks[slot], default=0) / loudest - 2)
        draw.rectangle((bar * width, middle - half, (bar + 1) * width - 2, middle + half), fill=WAVE_COLOUR)
    return image


def _peaks(container: InputContainer) -> list[int]:
    """The loudest sample of each decoded piece, up to ten minutes."""
    resampler = AudioResampler(format="s16", layout="mono", rate=WAVE_RATE)
    peaks: list[int] = []
    samples = 0
    for frame in container.decode(container.streams.audio[0]):
        for piece in resampler.resample(frame):
            peaks.append(_peak(piece))
            samples += piece.samples
        if samples > MAX_WAVE_SECONDS * WAVE_RATE:
            break
    return peaks


def _peak(piece: av.AudioFrame) -> int:
    values = array("h", bytes(piece.planes[0])[: piece.samples * 2])
    return max(map(abs, values), default=0)
