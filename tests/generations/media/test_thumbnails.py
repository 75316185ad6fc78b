"""Each kind has a small picture, and it shows the content."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from generations.fal.catalogue import MediaKind
from generations.media.errors import OutputRejected
from generations.media.thumbnails import thumbnail_of
from tests.generations.media.samples import film, picture, sound


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    assert image.format == "WEBP"
    image.load()
    return image


@pytest.mark.parametrize(
    ("size", "expected"), [((2000, 1000), (512, 256)), ((300, 900), (171, 512)), ((40, 30), (40, 30))]
)
@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_made_smaller_never_larger(
    file_format: str, size: tuple[int, int], expected: tuple[int, int], tmp_path: Path
) -> None:
    path = picture(tmp_path / "a", size=size, file_format=file_format)
    content_type = f"image/{file_format.lower()}"
    assert opened(thumbnail_of(path, kind=MediaKind.IMAGE, content_type=content_type)).size == expected


def test_transparency_and_palettes_survive(tmp_path: Path) -> None:
    path = tmp_path / "a"
    Image.new("RGBA", (700, 700), (255, 0, 0, 0)).save(path, "PNG")
    assert opened(thumbnail_of(path, kind=MediaKind.IMAGE, content_type="image/png")).mode == "RGBA"
    Image.new("P", (700, 700), 3).save(path, "PNG")
    assert opened(thumbnail_of(path, kind=MediaKind.IMAGE, content_type="image/png")).mode == "RGB"


def test_a_film_shows_a_moment_after_its_start(tmp_path: Path) -> None:
    path = film(tmp_path / "a", seconds=4, size=(640, 360))
    image = opened(thumbnail_of(path, kind=MediaKind.VIDEO, content_type="video/mp4"))
    assert image.size == (512, 288)


def test_a_sound_shows_its_shape(tmp_path: Path) -> None:
    loud = sound(tmp_path / "a", file_format="wav")
    image = opened(thumbnail_of(loud, kind=MediaKind.AUDIO, content_type="audio/wav"))
    assert image.size == (512, 128)
    assert image.getbbox() is not None


def test_a_damaged_file_has_none(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"\0" * 5000)
    for kind, content_type in zip(MediaKind, ("image/png", "video/mp4", "audio/wav"), strict=True):
        with pytest.raises(OutputRejected):
            thumbnail_of(path, kind=kind, content_type=content_type)
