"""Finds the files in a model's answer. The answer is a stranger's: its shape, count and values are not believed."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from generations.fal.catalogue.entries import CatalogueModel, MediaKind
from generations.fal.errors import JobFailed

PLACES: Final[Mapping[MediaKind, tuple[str, ...]]] = {
    MediaKind.IMAGE: ("images", "image"),
    MediaKind.VIDEO: ("video", "videos"),
    MediaKind.AUDIO: ("audio", "audio_url"),
}
MAX_FILES = 16
MAX_URL_CHARACTERS = 16 * 1024 * 1024


def outputs_of(model: CatalogueModel, output: Mapping[str, Any]) -> tuple[str, ...]:
    """The addresses of the usable files, in the model's order; there may be fewer or more than were asked for.

    Images that the safety checker blackened are left out. Raises JobFailed with `content_policy_violation` when it took
    all of them, and with `no_media_generated` when there was none.
    """
    found = [entry for entry in _entries(output, PLACES[model.kind]) if _is_file(entry)][:MAX_FILES]
    flags = output.get("has_nsfw_concepts")
    withheld = flags if isinstance(flags, list) else []
    usable = [entry for index, entry in enumerate(found) if not (index < len(withheld) and withheld[index] is True)]
    if found and not usable:
        raise JobFailed("content_policy_violation", "The model withheld the output under its safety policy.")
    if not usable:
        raise JobFailed("no_media_generated", "The model produced no output for this input.")
    return tuple(entry["url"] for entry in usable)


def _entries(output: Mapping[str, Any], places: tuple[str, ...]) -> Iterator[Any]:
    for place in places:
        value = output.get(place)
        for entry in value if isinstance(value, list) else [value]:
            yield {"url": entry} if isinstance(entry, str) else entry


def _is_file(entry: Any) -> bool:
    if not isinstance(entry, Mapping):
        return False
    url = entry.get("url")
    return isinstance(url, str) and 0 < len(url) <= MAX_URL_CHARACTERS
