"""Storing is repeatable: whoever does it again ends with the same file under the same key."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.test import override_settings

from generations.media.storage import delete_stored, media_key, open_stored, store_bytes, store_file, thumbnail_key

GENERATION, ASSET = UUID(int=1), UUID(int=2)


@pytest.fixture(autouse=True)
def media_root(tmp_path: Path) -> Iterator[Path]:
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield tmp_path / "media"


def test_keys_are_made_by_the_server_alone() -> None:
    assert media_key(GENERATION, asset_id=ASSET, content_type="image/jpeg") == f"generations/{GENERATION}/{ASSET}.jpg"
    assert thumbnail_key(GENERATION, asset_id=ASSET) == f"generations/{GENERATION}/{ASSET}.thumbnail.webp"


def test_storing_again_replaces_and_leaves_one_file(media_root: Path, tmp_path: Path) -> None:
    source = tmp_path / "source"
    key = media_key(GENERATION, asset_id=ASSET, content_type="image/png")
    for content in (b"first", b"first", b"second"):
        source.write_bytes(content)
        store_file(key, source)
    with open_stored(key) as stored:
        assert stored.read() == b"second"
    assert [path.name for path in media_root.rglob("*") if path.is_file()] == [f"{ASSET}.png"]


def test_deleting_is_repeatable(media_root: Path) -> None:
    key = thumbnail_key(GENERATION, asset_id=ASSET)
    store_bytes(key, b"picture")
    delete_stored(key, "generations/nothing.png")
    delete_stored(key)
    assert not any(path.is_file() for path in media_root.rglob("*"))
    with pytest.raises(FileNotFoundError):
        open_stored(key)
