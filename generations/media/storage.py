"""Where media lies: Django's default storage, under keys that only the server makes."""

from pathlib import Path
from uuid import UUID

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage

from generations.media.content_types import EXTENSIONS

FOLDER = "generations"
THUMBNAIL_EXTENSION = "webp"


def folder_of(generation_id: UUID) -> str:
    """All that is stored for a generation lies below this, and nothing else does."""
    return f"{FOLDER}/{generation_id}"


def media_key(generation_id: UUID, *, asset_id: UUID, content_type: str) -> str:
    """The key of an asset's file; the same asset has the same key, so that storing it again replaces it."""
    return f"{folder_of(generation_id)}/{asset_id}.{EXTENSIONS[content_type]}"


def thumbnail_key(generation_id: UUID, *, asset_id: UUID) -> str:
    """The key of an asset's thumbnail."""
    return f"{folder_of(generation_id)}/{asset_id}.thumbnail.{THUMBNAIL_EXTENSION}"


def store_file(key: str, path: Path) -> None:
    """Put a local file under the key. What lay there before is replaced."""
    with path.open("rb") as source:
        _put(key, File(source))


def store_bytes(key: str, content: bytes) -> None:
    """Put bytes under the key. What lay there before is replaced."""
    _put(key, ContentFile(content))


def open_stored(key: str) -> "File[bytes]":
    """The stored file, open for reading. Raises FileNotFoundError."""
    return default_storage.open(key, "rb")


def delete_stored(*keys: str) -> None:
    """Remove what lies under the keys; what is gone already is fine."""
    for key in keys:
        default_storage.delete(key)


def delete_files_of(generation_id: UUID) -> None:
    """Remove every file of a generation, also those that no asset names. Raises OSError."""
    folder = folder_of(generation_id)
    try:
        _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    delete_stored(*(f"{folder}/{name}" for name in names))
    default_storage.delete(folder)


def _put(key: str, content: "File[bytes]") -> None:
    # `save` would choose another name beside an existing file.
    default_storage.delete(key)
    stored_as = default_storage.save(key, content)
    if stored_as != key:
        # Another worker stored the same output in this moment; its copy stands.
        default_storage.delete(stored_as)
