"""Links to stored media: signed, short-lived, and the only addresses of media that leave Velro."""

from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from django.conf import settings
from django.core import signing

from velro.errors import NotFound

SALT = "generations.media.links"
PREFIX = "/api/v1/media/"


class Variant(StrEnum):
    """Which file of an asset."""

    ORIGINAL = "original"
    THUMBNAIL = "thumbnail"


def media_link(asset_id: UUID, *, variant: Variant = Variant.ORIGINAL) -> str:
    """A path that opens this file for anyone who holds it, until it expires. Hand it only to who may read the asset."""
    return PREFIX + signing.dumps([str(asset_id), variant], salt=SALT)


def open_media_link(token: str) -> tuple[UUID, Variant]:
    """What the last part of a link stands for. Raises NotFound for a forged and an expired one alike."""
    lifetime = timedelta(seconds=settings.ENVIRONMENT.media_link_lifetime)
    try:
        asset_id, variant = signing.loads(token, salt=SALT, max_age=lifetime)
        return UUID(asset_id), Variant(variant)
    except (signing.BadSignature, ValueError, TypeError):
        raise NotFound from None
