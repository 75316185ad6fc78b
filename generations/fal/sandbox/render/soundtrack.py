"""The sound of a film: a soft chord whose pitch follows the prompt and seed."""

from __future__ import annotations

import math
from array import array
from typing import TYPE_CHECKING

import av
from av.audio.resampler import AudioResampler

from generations.fal.sandbox.render.palette import make_generator

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

    from generations.fal.sandbox.render.jobs import VideoJob

SAMPLES_PER_SECOND = 24_000
FRAME_SAMPLES = 1024


def add_soundtrack(container: OutputContainer) -> AudioStream:
    """Declare the AAC track; it must exist before the first packet of the film is written."""
    stream = container.add_stream("aac", rate=SAMPLES_PER_SECOND, layout="mono")
    stream.bit_rate = 48_000
    return stream


def encode_soundtrack(container: OutputContainer, *, stream: AudioStream, job: VideoJob) -> None:
    """Write `job.seconds` of sound into the track."""
    samples = _play_chord(job).tobytes() * job.seconds
    resampler = AudioResampler(format="fltp", layout="mono", rate=SAMPLES_PER_SECOND, frame_size=FRAME_SAMPLES)
    for frame in (*resampler.resample(_make_frame(samples)), *resampler.resample(None)):
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def _make_frame(samples: bytes) -> av.AudioFrame:
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples) // 2)
    frame.sample_rate = SAMPLES_PER_SECOND
    frame.planes[0].update(samples)
    return frame


def _play_chord(job: VideoJob) -> array[int]:
    """One second that loops without a click: every frequency is a whole number of hertz."""
    root = make_generator(prompt=job.prompt, seed=job.seed).randrange(110, 220)
    partials = [(root, 0.3), (round(root * 1.5), 0.22), (root * 2, 0.14), (round(root * 2.52), 0.1)]
    turn = math.tau / SAMPLES_PER_SECOND
    return array(
        "h",
        [
            round(
                13_000
                * (0.8 + 0.2 * math.sin(turn * number))
                * sum(weight * math.sin(turn * frequency * number) for frequency, weight in partials)
            )
            for number in range(SAMPLES_PER_SECOND)
        ],
    )
