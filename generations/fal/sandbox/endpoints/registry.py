"""The catalogue. Prices are those of the public price lists, good enough to reckon with."""

from __future__ import annotations

from decimal import Decimal

from generations.fal.sandbox.endpoints.flux import FluxDevInput, FluxImageInput, FluxProInput, FluxSchnellInput
from generations.fal.sandbox.endpoints.model import Endpoint, ModelInput
from generations.fal.sandbox.endpoints.nano_banana import (
    NanoBanana2Input,
    NanoBananaEditInput,
    NanoBananaInput,
    NanoBananaProInput,
    SeedreamInput,
)
from generations.fal.sandbox.endpoints.speech import ElevenLabsInput, MiniMaxInput
from generations.fal.sandbox.endpoints.video import (
    HailuoInput,
    KlingThreeInput,
    KlingTurboImageInput,
    KlingTurboTextInput,
    VeoFastInput,
    VeoInput,
)

Row = tuple[str, str, str, type[ModelInput], str, str]

ROWS: tuple[Row, ...] = (
    ("fal-ai/flux/schnell", "FLUX.1 schnell", "text-to-image", FluxSchnellInput, "0.003", "megapixels"),
    ("fal-ai/flux/dev", "FLUX.1 dev", "text-to-image", FluxDevInput, "0.025", "megapixels"),
    ("fal-ai/flux/dev/image-to-image", "FLUX.1 dev edit", "image-to-image", FluxImageInput, "0.03", "megapixels"),
    ("fal-ai/flux-pro/v1.1", "FLUX 1.1 pro", "text-to-image", FluxProInput, "0.04", "megapixels"),
    ("fal-ai/nano-banana", "Nano Banana", "text-to-image", NanoBananaInput, "0.0398", "images"),
    ("fal-ai/nano-banana-2", "Nano Banana 2", "text-to-image", NanoBanana2Input, "0.08", "images"),
    ("fal-ai/nano-banana-2/edit", "Nano Banana 2 edit", "image-to-image", NanoBananaEditInput, "0.08", "images"),
    ("fal-ai/nano-banana-pro", "Nano Banana Pro", "text-to-image", NanoBananaProInput, "0.15", "images"),
    ("fal-ai/bytedance/seedream/v4.5/text-to-image", "Seedream 4.5", "text-to-image", SeedreamInput, "0.04", "images"),
    (
        "fal-ai/kling-video/v2.5-turbo/pro/text-to-video",
        "Kling 2.5 Turbo Pro",
        "text-to-video",
        KlingTurboTextInput,
        "0.07",
        "seconds",
    ),
    (
        "fal-ai/kling-video/v2.5-turbo/pro/image-to-video",
        "Kling 2.5 Turbo Pro from a picture",
        "image-to-video",
        KlingTurboImageInput,
        "0.07",
        "seconds",
    ),
    ("fal-ai/kling-video/v3/pro/text-to-video", "Kling 3 Pro", "text-to-video", KlingThreeInput, "0.112", "seconds"),
    ("fal-ai/veo3.1", "Veo 3.1", "text-to-video", VeoInput, "0.20", "seconds"),
    ("fal-ai/veo3.1/fast", "Veo 3.1 Fast", "text-to-video", VeoFastInput, "0.10", "seconds"),
    ("fal-ai/minimax/hailuo-02/pro/text-to-video", "Hailuo 02 Pro", "text-to-video", HailuoInput, "0.08", "seconds"),
    (
        "fal-ai/elevenlabs/tts/turbo-v2.5",
        "ElevenLabs Turbo 2.5",
        "text-to-speech",
        ElevenLabsInput,
        "0.05",
        "1000 characters",
    ),
    ("fal-ai/minimax/speech-02-hd", "MiniMax Speech 02 HD", "text-to-speech", MiniMaxInput, "0.10", "1000 characters"),
)

ENDPOINTS: dict[str, Endpoint] = {
    row[0]: Endpoint(row[0], row[1], row[2], row[3], unit_price=Decimal(row[4]), unit=row[5]) for row in ROWS
}
