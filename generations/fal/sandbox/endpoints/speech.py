"""ElevenLabs and MiniMax: text read aloud."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from generations.fal.sandbox.endpoints.model import ModelInput, PublishedFile, Work
from generations.fal.sandbox.render.jobs import RenderJob, SpeechJob

if TYPE_CHECKING:
    from collections.abc import Sequence

PRICED_CHARACTERS = 1000


class SpeechInput(ModelInput):
    """What both share: the text, and a price by its length."""

    text: str = Field(min_length=1)

    def billable_units(self, files: Sequence[PublishedFile]) -> Decimal:
        """Thousands of characters."""
        return Decimal(len(self.text)) / PRICED_CHARACTERS


class ElevenLabsInput(SpeechInput):
    """fal-ai/elevenlabs/tts/turbo-v2.5."""

    voice: str = "Rachel"
    stability: float = Field(default=0.5, ge=0, le=1)
    similarity_boost: float = Field(default=0.75, ge=0, le=1)
    style: float = Field(default=0, ge=0, le=1)
    speed: float = Field(default=1, ge=0.7, le=1.2)
    timestamps: bool = False
    previous_text: str = ""
    next_text: str = ""
    language_code: str = Field(default="en", pattern="^[a-z]{2}$")
    apply_text_normalization: Literal["auto", "on", "off"] = "auto"

    def plan(self, work: Work) -> list[RenderJob]:
        """One recording."""
        return [SpeechJob(self.text, self.voice, self.speed, self.language_code)]

    def describe(self, files: Sequence[PublishedFile], work: Work) -> dict[str, Any]:
        """The recording, and evenly spread word times when asked for."""
        answer: dict[str, Any] = {"audio": files[0].describe()}
        if self.timestamps:
            words = self.text.split()
            share = files[0].rendered.seconds / max(len(words), 1)
            answer["timestamps"] = [
                {"text": word, "start": round(number * share, 3), "end": round((number + 1) * share, 3)}
                for number, word in enumerate(words)
            ]
        return answer


class VoiceSetting(BaseModel):
    """The voice of a MiniMax recording."""

    voice_id: str = "Wise_Woman"
    speed: float = Field(default=1, ge=0.5, le=2)
    vol: float = Field(default=1, ge=0, le=10)
    pitch: int = Field(default=0, ge=-12, le=12)
    emotion: str | None = None


class MiniMaxInput(SpeechInput):
    """fal-ai/minimax/speech-02-hd: answers in hexadecimal unless asked for a URL."""

    text: str = Field(min_length=1, max_length=5000)
    voice_setting: VoiceSetting = VoiceSetting()
    output_format: Literal["hex", "url"] = "hex"

    def plan(self, work: Work) -> list[RenderJob]:
        """One recording."""
        return [SpeechJob(self.text, self.voice_setting.voice_id, self.voice_setting.speed)]

    def describe(self, files: Sequence[PublishedFile], work: Work) -> dict[str, Any]:
        """The recording and its length in milliseconds."""
        file = files[0]
        is_hexadecimal = self.output_format == "hex"
        audio = file.describe() | ({"url": file.rendered.path.read_bytes().hex()} if is_hexadecimal else {})
        return {"audio": audio, "duration_ms": round(file.rendered.seconds * 1000)}
