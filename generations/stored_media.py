"""From a signed link to an open file of our storage."""

from dataclasses import dataclass
from typing import IO

from generations.media.content_types import EXTENSIONS
from generations.media.links import Variant, open_media_link
from generations.media.storage import open_stored
from generations.media.thumbnails import CONTENT_TYPE as THUMBNAIL_CONTENT_TYPE
from generations.models import Asset
from velro.errors import NotFound


@dataclass(frozen=True, slots=True)
class StoredMedia:
    """An open file, which the receiver closes. `etag` is strong: the same tag means the same bytes."""

    file: IO[bytes]
    size: int
    content_type: str
    file_name: str
    etag: str


def open_linked_media(token: str) -> StoredMedia:
    """What the link stands for. Raises NotFound for a forged or expired link and for what was deleted since."""
    asset_id, variant = open_media_link(token)
    asset = Asset.objects.filter(id=asset_id, generation__deleted_at__isnull=True).first()
    if asset is None:
        raise NotFound
    is_original = variant is Variant.ORIGINAL
    content_type = asset.content_type if is_original else THUMBNAIL_CONTENT_TYPE
    try:
        file = open_stored(asset.storage_key if is_original else asset.thumbnail_key)
    except FileNotFoundError:
        raise NotFound from None
    extension = EXTENSIONS[content_type]
    name, etag = f"{asset.id}-{variant}.{extension}", f'"{asset.sha256}-{variant}"'
    return StoredMedia(file, file.size, content_type, name, etag)
