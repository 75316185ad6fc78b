"""Which files are accepted, and how each kind is recognised by content alone."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import puremagic

from generations.fal.catalogue import MediaKind
from generations.media.errors import OutputRejected

# What puremagic calls a file, and what we call it.
CONTENT_TYPES: Final[Mapping[MediaKind, Mapping[str, str]]] = {
    MediaKind.IMAGE: {"image/jpeg": "image/jpeg", "image/png": "image/png", "image/webp": "image/webp"},
    MediaKind.VIDEO: {"video/mp4": "video/mp4"},
    MediaKind.AUDIO: {
        "audio/mpeg": "audio/mpeg",
        "audio/wav": "audio/wav",
        "audio/x-wav": "audio/wav",
        "audio/wave": "audio/wav",
        "audio/ogg": "audio/ogg",
        "audio/flac": "audio/flac",
    },
}
EXTENSIONS: Final[Mapping[str, str]] = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "video/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
}
# The one decoder that may read each type. Guessing would let a file name playlists, and so other files and hosts.
CONTAINERS: Final[Mapping[str, str]] = {
    "video/mp4": "mp4",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/ogg": "ogg",
    "audio/flac": "flac",
}
IMAGE_FORMATS: Final[Mapping[str, str]] = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


def sniffed_type(path: Path, *, kind: MediaKind) -> str:
    """Our content type of the file. Raises OutputRejected when it is not of this kind."""
    accepted = CONTENT_TYPES[kind]
    try:
        matches = puremagic.magic_file(path)
    except (puremagic.PureError, ValueError):
        matches = []
    found = next((accepted[match.mime_type] for match in matches if match.mime_type in accepted), None)
    if found is None:
        raise OutputRejected("output_wrong_type", f"The file is not the {kind} that was asked for.")
    return found
