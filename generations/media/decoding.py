"""Opens untrusted media with one fixed decoder each, no network, and limits that hold before anything is unpacked."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from PIL import Image

from generations.media.content_types import CONTAINERS, IMAGE_FORMATS
from generations.media.errors import OutputRejected

MAX_PIXELS: Final = 64_000_000
MAX_SIDE: Final = 16_384
UNREADABLE_IMAGE: Final = (OSError, SyntaxError, ValueError, EOFError)
BOMB: Final = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@contextmanager
def opened_image(path: Path, content_type: str) -> Iterator[Image.Image]:
    """The image, of a bearable size, not yet decoded. Whatever its decoder raises leaves as `output_corrupt`."""
    try:
        with Image.open(path, formats=[IMAGE_FORMATS[content_type]]) as image:
            check_size(image.width, image.height)
            yield image
    except BOMB as error:
        raise _too_many_pixels() from error
    except UNREADABLE_IMAGE as error:
        raise corrupt() from error


@contextmanager
def opened_media(path: Path, content_type: str) -> Iterator[InputContainer]:
    """The container of a video or sound. Whatever its decoder raises leaves as `output_corrupt`."""
    try:
        with av.open(
            str(path), mode="r", format=CONTAINERS[content_type], options={"protocol_whitelist": "file"}
        ) as container:
            yield container
    except (av.FFmpegError, OSError, ValueError, IndexError) as error:
        raise corrupt() from error


def check_size(width: int, height: int) -> None:
    """Raises OutputRejected for a picture of no or of unbearable size."""
    if width < 1 or height < 1:
        raise corrupt()
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise _too_many_pixels()


def _too_many_pixels() -> OutputRejected:
    return OutputRejected("output_too_large", "The picture has more pixels than Velro stores.")


def corrupt() -> OutputRejected:
    """The file cannot be decoded."""
    return OutputRejected("output_corrupt", "The file is damaged.")
