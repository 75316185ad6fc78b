"""Serving a part of a file (RFC 9110 section 14), so that players can seek in a video."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Final

from velro.errors import VelroError

CHUNK_BYTES: Final = 65_536
SINGLE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class RangeNotSatisfiable(VelroError):
    """The range begins beyond the end of the file."""

    code = "range_not_satisfiable"
    status = 416
    title = "The requested range is outside of the file"


@dataclass(frozen=True, slots=True)
class ByteRange:
    """From `first` to `last`, both included, of `total` bytes."""

    first: int
    last: int
    total: int

    @property
    def length(self) -> int:
        """In bytes."""
        return self.last - self.first + 1

    @property
    def content_range(self) -> str:
        """The value of the Content-Range header."""
        return f"bytes {self.first}-{self.last}/{self.total}"


def requested_range(header: str | None, *, total: int) -> ByteRange | None:
    """The part that is asked for; None for the whole file.

    Several ranges or another unit are ignored, as the standard allows. Raises RangeNotSatisfiable.
    """
    match = SINGLE_RANGE.fullmatch((header or "").strip())
    if match is None or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(total - int(last), 0), total - 1
    else:
        start, end = int(first), min(int(last) if last else total - 1, total - 1)
    if last and first and int(last) < start:
        return None
    if start >= total or end < start:
        raise RangeNotSatisfiable(headers={"Content-Range": f"bytes */{total}"})
    return ByteRange(start, end, total)


class FilePart:
    """Iterates over one range of an open file. The WSGI server calls `close` when the client has gone or has it all."""

    def __init__(self, file: IO[bytes], part: ByteRange) -> None:
        self._file = file
        self._part = part

    def __iter__(self) -> Iterator[bytes]:
        self._file.seek(self._part.first)
        left = self._part.length
        while left and (chunk := self._file.read(min(CHUNK_BYTES, left))):
            left -= len(chunk)
            yield chunk

    def close(self) -> None:
        """Close the file."""
        self._file.close()
