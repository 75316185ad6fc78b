"""Speech: eSpeak NG reads the text aloud, PyAV encodes it as MP3."""

from __future__ import annotations

import _ctypes
import ctypes
import hashlib
import io
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import av
import espeakng_loader
from av.audio.resampler import AudioResampler

if TYPE_CHECKING:
    from generations.fal.sandbox.render.jobs import SpeechJob

AUDIO_OUTPUT_RETRIEVAL = 1
CHARACTERS_UTF8 = 1
PARAMETER_RATE, PARAMETER_PITCH = 1, 3
WORDS_PER_MINUTE = 165
SLOWEST, FASTEST = 80, 450
VARIANTS = ("f1", "f2", "f3", "f4", "f5", "m1", "m2", "m3", "m4", "m5", "m6", "m7")
ACCENTS = ("en-us", "en-gb", "en-gb-scotland")
MP3_SAMPLES_PER_SECOND = 44_100
MP3_FRAME_SAMPLES = 1152
# The C library keeps its state in globals: one utterance at a time per process.
ENGINE_LOCK = threading.Lock()

SynthesisCallback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


def render_speech(job: SpeechJob) -> tuple[bytes, float]:
    """The MP3 of `job` and its length in seconds."""
    with ENGINE_LOCK, closing(SpeechEngine()) as engine:
        samples, samples_per_second = engine.speak(job), engine.samples_per_second
    return _encode_mp3(samples, samples_per_second), len(samples) / 2 / samples_per_second


class SpeechEngine:
    """The loaded C library and the buffer its callback fills with 16-bit mono samples.

    The library keeps oscillator state from one utterance to the next, beyond the reach of its own reset. Loading it
    anew for each utterance (25 ms) is what makes the same job give the same bytes.
    """

    def __init__(self) -> None:
        self._library: Any = ctypes.CDLL(espeakng_loader.get_library_path())
        data_path = espeakng_loader.get_data_path().encode()
        self.samples_per_second: int = self._library.espeak_Initialize(AUDIO_OUTPUT_RETRIEVAL, 0, data_path, 0)
        self._samples = bytearray()
        self._callback = SynthesisCallback(self._collect)
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(self, job: SpeechJob) -> bytes:
        """Synthesize the whole text."""
        accent, variant, pitch = _cast_voice(job)
        if self._library.espeak_SetVoiceByName(f"{accent}+{variant}".encode()) != 0:
            self._library.espeak_SetVoiceByName(f"en+{variant}".encode())
        words_per_minute = min(max(round(WORDS_PER_MINUTE * job.speed), SLOWEST), FASTEST)
        self._library.espeak_SetParameter(PARAMETER_RATE, words_per_minute, 0)
        self._library.espeak_SetParameter(PARAMETER_PITCH, pitch, 0)
        text = _plain_text(job.text).encode()
        self._library.espeak_Synth(text, len(text) + 1, 0, 0, 0, CHARACTERS_UTF8, None, None)
        self._library.espeak_Synchronize()
        return bytes(self._samples)

    def close(self) -> None:
        """Stop the engine and unload it."""
        self._library.espeak_Terminate()
        _ctypes.dlclose(self._library._handle)  # noqa: SLF001 - ctypes has no public way to unload a library

    def _collect(self, wave: Any, count: int, _events: Any) -> int:
        if wave and count > 0:
            self._samples += ctypes.string_at(wave, count * 2)
        return 0


def _cast_voice(job: SpeechJob) -> tuple[str, str, int]:
    """Every voice name gets its own accent, timbre and pitch; another language than English replaces the accent."""
    digest = hashlib.sha256(job.voice.encode(errors="replace")).digest()
    accent = ACCENTS[digest[0] % len(ACCENTS)] if job.language.startswith("en") else job.language
    return accent, VARIANTS[digest[1] % len(VARIANTS)], 35 + digest[2] % 31


def _plain_text(text: str) -> str:
    """Text without the characters that end a C string or ring a bell; lone surrogates become question marks."""
    spoken = text.encode(errors="replace").decode()
    return "".join(character if character.isprintable() else " " for character in spoken)


def _encode_mp3(samples: bytes, samples_per_second: int) -> bytes:
    encoded = io.BytesIO()
    with av.open(encoded, "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=MP3_SAMPLES_PER_SECOND, layout="mono")
        stream.bit_rate = 64_000
        resampler = AudioResampler("s16p", "mono", MP3_SAMPLES_PER_SECOND, MP3_FRAME_SAMPLES)
        frame = av.AudioFrame(format="s16", layout="mono", samples=max(len(samples) // 2, 1))
        frame.sample_rate = samples_per_second
        frame.planes[0].update(samples or b"\0\0")
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return encoded.getvalue()
