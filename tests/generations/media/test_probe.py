"""Sizes and lengths come from the content, and damage is found before anything is stored."""

import struct
import zlib
from pathlib import Path

import pytest

from generations.fal.catalogue import MediaKind
from generations.media.content_types import sniffed_type
from generations.media.errors import OutputRejected
from generations.media.probe import MediaFacts, probe
from tests.generations.media.samples import film, picture, sound


def cut(path: Path, *, keep: float) -> Path:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    return path


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_measured(file_format: str, tmp_path: Path) -> None:
    path = picture(tmp_path / "a", size=(641, 359), file_format=file_format)
    content_type = sniffed_type(path, kind=MediaKind.IMAGE)
    assert content_type == f"image/{file_format.lower()}"
    assert probe(path, kind=MediaKind.IMAGE, content_type=content_type) == MediaFacts(width=641, height=359)


def test_a_film_is_measured(tmp_path: Path) -> None:
    path = film(tmp_path / "a", seconds=3)
    content_type = sniffed_type(path, kind=MediaKind.VIDEO)
    assert content_type == "video/mp4"
    facts = probe(path, kind=MediaKind.VIDEO, content_type=content_type)
    assert (facts.width, facts.height) == (320, 180)
    assert facts.duration == pytest.approx(3, abs=0.15)


@pytest.mark.parametrize("file_format", ["mp3", "wav", "ogg", "flac"])
def test_a_sound_is_measured(file_format: str, tmp_path: Path) -> None:
    path = sound(tmp_path / "a", seconds=2, file_format=file_format)
    content_type = sniffed_type(path, kind=MediaKind.AUDIO)
    assert content_type == {"mp3": "audio/mpeg"}.get(file_format, f"audio/{file_format}")
    facts = probe(path, kind=MediaKind.AUDIO, content_type=content_type)
    assert facts.duration == pytest.approx(2, abs=0.15)
    assert (facts.width, facts.height) == (None, None)


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP"])
def test_a_cut_picture_is_corrupt(file_format: str, tmp_path: Path) -> None:
    path = cut(picture(tmp_path / "a", file_format=file_format), keep=0.6)
    with pytest.raises(OutputRejected) as rejection:
        probe(path, kind=MediaKind.IMAGE, content_type=f"image/{file_format.lower()}")
    assert rejection.value.code == "output_corrupt"


@pytest.mark.parametrize("keep", [0.05, 0.6])
def test_a_cut_film_is_corrupt(keep: float, tmp_path: Path) -> None:
    path = cut(film(tmp_path / "a", seconds=4), keep=keep)
    with pytest.raises(OutputRejected) as rejection:
        probe(path, kind=MediaKind.VIDEO, content_type="video/mp4")
    assert rejection.value.code == "output_corrupt"


def test_a_cut_sound_is_corrupt(tmp_path: Path) -> None:
    path = cut(sound(tmp_path / "a", seconds=4, file_format="flac"), keep=0.5)
    with pytest.raises(OutputRejected):
        probe(path, kind=MediaKind.AUDIO, content_type="audio/flac")


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [(MediaKind.IMAGE, "image/png"), (MediaKind.VIDEO, "video/mp4"), (MediaKind.AUDIO, "audio/mpeg")],
)
def test_noise_is_corrupt(kind: MediaKind, content_type: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(OutputRejected) as rejection:
        probe(path, kind=kind, content_type=content_type)
    assert rejection.value.code == "output_corrupt"


def test_another_container_than_the_stated_one_is_not_even_tried(tmp_path: Path) -> None:
    path = film(tmp_path / "a", file_format="matroska")
    with pytest.raises(OutputRejected):
        probe(path, kind=MediaKind.VIDEO, content_type="video/mp4")


def test_a_sound_alone_is_no_film(tmp_path: Path) -> None:
    path = sound(tmp_path / "a")
    with pytest.raises(OutputRejected):
        probe(path, kind=MediaKind.VIDEO, content_type="video/mp4")


def png_claiming(width: int, height: int) -> bytes:
    """A few bytes that unpack to a picture of that size."""

    def chunk(name: bytes, content: bytes) -> bytes:
        checksum = zlib.crc32(name + content)
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("width", "height"), [(9_000, 9_000), (12_000, 12_000), (60_000, 60_000), (20_000, 1)])
def test_a_bomb_is_refused_before_it_is_unpacked(width: int, height: int, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(png_claiming(width, height))
    with pytest.raises(OutputRejected) as rejection:
        probe(path, kind=MediaKind.IMAGE, content_type="image/png")
    assert rejection.value.code == "output_too_large"


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile /etc/passwd\n",
        "<!doctype html><script>alert(1)</script>",
        "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        "",
    ],
)
def test_what_is_no_media_is_of_the_wrong_type(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_text(text)
    for kind in MediaKind:
        with pytest.raises(OutputRejected) as rejection:
            sniffed_type(path, kind=kind)
        assert rejection.value.code == "output_wrong_type"
    for kind, content_type in ((MediaKind.VIDEO, "video/mp4"), (MediaKind.AUDIO, "audio/mpeg")):
        with pytest.raises(OutputRejected):
            probe(path, kind=kind, content_type=content_type)


def test_a_picture_is_no_film(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.mp4")
    with pytest.raises(OutputRejected):
        sniffed_type(path, kind=MediaKind.VIDEO)
