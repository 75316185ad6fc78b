"""Versions of single resources: ETag and If-Match (RFC 9110), from the time of the last change."""

import re
from datetime import datetime
from typing import Final
from uuid import UUID

from rest_framework.request import Request

from velro.errors import PreconditionFailed, PreconditionRequired
from velro.models import TimestampedModel

ENTITY_TAG: Final = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')


def entity_tag(row: TimestampedModel) -> str:
    """The version of the row, not of the bytes in which an answer shows it."""
    return entity_tag_of(row.id, row.updated_at)


def entity_tag_of(row_id: UUID, updated_at: datetime) -> str:
    """The same for a row that was read as a part of another."""
    return f'"{row_id.hex[:8]}-{int(updated_at.timestamp() * 1_000_000):x}"'


def refuse_stale(request: Request, row: TimestampedModel | None) -> None:
    """Raises PreconditionFailed if If-Match is there and names another version. The caller holds a lock on the row.

    Where there is no row yet, no version can match.
    """
    if row is None:
        if "If-Match" in request.headers:
            raise PreconditionFailed
        return
    expected = request.headers.get("If-Match", "*").strip()
    if expected != "*" and entity_tag(row) not in ENTITY_TAG.findall(expected):
        raise PreconditionFailed


def require_fresh(request: Request, row: TimestampedModel | None) -> None:
    """Like `refuse_stale`, but for a row that there is If-Match has to be there.

    Raises PreconditionRequired with the current version.
    """
    if row is not None and "If-Match" not in request.headers:
        raise PreconditionRequired(headers={"ETag": entity_tag(row)})
    refuse_stale(request, row)
