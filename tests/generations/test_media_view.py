"""Files behind signed links: the right bytes, no surprises in the headers, and nothing once the link is old."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from rest_framework.test import APIClient
from time_machine import travel

from generations.media.links import Variant, media_link
from generations.models import Asset
from tests.generations.conftest import Person
from tests.generations.test_read_and_delete import make

pytestmark = pytest.mark.django_db

CONTENT = bytes(range(256)) * 1000


@pytest.fixture
def asset(owner: Person, settings: Any, tmp_path: Any) -> Asset:
    """A stored video of known bytes."""
    settings.MEDIA_ROOT = tmp_path
    default_storage.save("a/video.mp4", ContentFile(CONTENT))
    default_storage.save("a/thumbnail.webp", ContentFile(b"small"))
    return Asset.objects.create(
        generation=make(owner),
        index=0,
        kind="video",
        content_type="video/mp4",
        bytes=len(CONTENT),
        sha256="ab" * 32,
        storage_key="a/video.mp4",
        thumbnail_key="a/thumbnail.webp",
    )


def fetch(path: str, *, method: str = "get", **headers: str) -> Any:
    return getattr(APIClient(), method)(path, headers=headers)


def body(response: Any) -> bytes:
    content = b"".join(response.streaming_content) if response.streaming else bytes(response.content)
    response.close()
    return content


def test_whoever_holds_the_link_gets_the_file(asset: Asset) -> None:
    response = fetch(media_link(asset.id), Accept="video/mp4")

    assert response.status_code == 200
    assert body(response) == CONTENT
    assert response["Content-Type"] == "video/mp4"
    assert response["Content-Length"] == str(len(CONTENT))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Content-Disposition"] == f'inline; filename="{asset.id}-original.mp4"'
    assert response["Cache-Control"] == "private, no-cache"
    assert response["Accept-Ranges"] == "bytes"


def test_the_thumbnail_is_a_file_of_its_own(asset: Asset) -> None:
    response = fetch(media_link(asset.id, variant=Variant.THUMBNAIL))

    assert body(response) == b"small"
    assert response["Content-Type"] == "image/webp"


@pytest.mark.parametrize(
    ("asked", "expected", "content_range"),
    [
        ("bytes=0-9", CONTENT[:10], "bytes 0-9/256000"),
        ("bytes=255990-", CONTENT[-10:], "bytes 255990-255999/256000"),
        ("bytes=-10", CONTENT[-10:], "bytes 255990-255999/256000"),
        ("bytes=-999999", CONTENT, "bytes 0-255999/256000"),
        ("bytes=100-999999", CONTENT[100:], "bytes 100-255999/256000"),
    ],
)
def test_a_player_can_seek(asset: Asset, asked: str, expected: bytes, content_range: str) -> None:
    response = fetch(media_link(asset.id), Range=asked)

    assert response.status_code == 206
    assert response["Content-Range"] == content_range
    assert response["Content-Length"] == str(len(expected))
    assert body(response) == expected


@pytest.mark.parametrize("asked", ["bytes=256000-", "bytes=-0"])
def test_a_range_outside_of_the_file_is_refused(asset: Asset, asked: str) -> None:
    response = fetch(media_link(asset.id), Range=asked)

    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */256000"


@pytest.mark.parametrize("asked", ["bytes=9-0", "bytes=0-1,5-6", "lines=0-9", "bytes=-", "bytes=a-b"])
def test_a_range_that_cannot_be_read_is_ignored(asset: Asset, asked: str) -> None:
    response = fetch(media_link(asset.id), Range=asked)

    assert response.status_code == 200
    assert body(response) == CONTENT


def test_head_tells_the_size_without_the_bytes(asset: Asset) -> None:
    response = fetch(media_link(asset.id), method="head")

    assert response.status_code == 200
    assert response["Content-Length"] == str(len(CONTENT))
    assert body(response) == b""


def test_a_copy_that_is_current_is_not_sent_again(asset: Asset) -> None:
    etag = fetch(media_link(asset.id), method="head")["ETag"]

    assert fetch(media_link(asset.id), **{"If-None-Match": etag}).status_code == 304
    whole = fetch(media_link(asset.id), Range="bytes=0-9", **{"If-Range": '"older"'})
    assert whole.status_code == 200
    whole.close()


def test_a_forged_link_is_not_found(asset: Asset) -> None:
    link = media_link(asset.id)

    forged = fetch(link[:-1] + ("A" if link[-1] != "A" else "B"))

    assert forged.status_code == 404
    assert forged.json()["code"] == "not_found"


def test_an_old_link_is_not_found(asset: Asset, settings: Any) -> None:
    link = media_link(asset.id)
    lifetime = timedelta(seconds=settings.ENVIRONMENT.media_link_lifetime)

    with travel(timezone.now() + lifetime + timedelta(seconds=2), tick=False):
        assert fetch(link).status_code == 404


def test_a_link_dies_with_its_generation(asset: Asset, owner: Person) -> None:
    link = media_link(asset.id)
    owner.client.delete(f"/api/v1/generations/{asset.generation_id}")

    assert fetch(link).status_code == 404


def test_a_file_that_is_gone_from_storage_is_not_found(asset: Asset) -> None:
    default_storage.delete(asset.storage_key)

    assert fetch(media_link(asset.id)).status_code == 404
