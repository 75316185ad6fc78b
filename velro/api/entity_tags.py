"""Versions of single resources: ETag and If-Match (RFC 9110), from the time of the last change."""

import re
from typing import Final

from rest_framework.request import Request

from velro.errors import PreconditionFailed
from velro.models import TimestampedModel

ENTITY_TAG: Final = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')


def entity_tag(row: TimestampedModel) -> str:
    """The version of the row, not of the bytes in which an answer shows it."""
    return f'"{row.id.hex[:8]}-{int(row.updated_at.timestamp() * 1_000_000):x}"'


def refuse_stale(request: Request, row: TimestampedModel) -> None:
    """Raises PreconditionFailed if If-Match is there and names another version. The caller holds a lock on the row."""
    expected = request.headers.get("If-Match", "*").strip()
    if expected != "*" and entity_tag(row) not in ENTITY_TAG.findall(expected):
        raise PreconditionFailed
