"""Real media files, made on the spot."""

import math
from array import array
from io import BytesIO
from pathlib import Path
from typing import Any

import av
from PIL import Image


def picture(path: Path, *, size: tuple[int, int] = (640, 360), file_format: str = "PNG") -> Path:
    """A gradient of that size."""
    Image.linear_gradient("L").resize(size).convert("RGB").save(path, file_format)
    return path


def picture_bytes(size: tuple[int, int] = (8, 8)) -> bytes:
    """A small PNG."""
    output = BytesIO()
    Image.new("RGB", size, "teal").save(output, "PNG")
    return output.getvalue()


def film(path: Path, *, seconds: int = 2, size: tuple[int, int] = (320, 180), file_format: str = "mp4") -> Path:
    """A film that changes colour; an MP4 has its index in front, as FAL's files have it."""
    options = {"movflags": "faststart"} if file_format == "mp4" else {}
    with av.open(str(path), "w", format=file_format, options=options) as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for number in range(seconds * 10):
            image = Image.new("RGB", size, (number * 12 % 256, 80, 160))
            frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call] # PyAV types it in part
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def sound(path: Path, *, seconds: int = 2, file_format: str = "mp3") -> Path:
    """A tone."""
    rate = 44_100
    codec = {"mp3": "libmp3lame", "wav": "pcm_s16le", "ogg": "libopus", "flac": "flac"}[file_format]
    rate = 48_000 if file_format == "ogg" else rate
    samples = array("h", (int(12_000 * math.sin(step / 15)) for step in range(rate * seconds)))
    with av.open(str(path), "w", format=file_format) as container:
        stream: Any = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples))
        frame.planes[0].update(samples.tobytes())
        frame.sample_rate, frame.pts = rate, 0
        resampler = av.AudioResampler(
            format=stream.format, layout="mono", rate=rate, frame_size=stream.frame_size or 1024
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return path
