"""Request headers that make an answer conditional: If-Match (RFC 9110) and Prefer: wait (RFC 7240)."""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from generations.models import Generation
from generations.serializers.inputs import LONGEST_WAIT
from velro.errors import PreconditionFailed

ENTITY_TAG = re.compile(r'(?:W/)?"[\x21\x23-\x7e]*"')
WAIT = re.compile(r"wait\s*=\s*\"?(\d{1,9})\"?", re.IGNORECASE)


def etag_of(generation: Generation) -> str:
    """The version of the row.

    Links to files differ in each answer, so the tag speaks of the generation, not of the bytes.
    """
    return f'"{generation.id.hex[:8]}-{int(generation.updated_at.timestamp() * 1_000_000):x}"'


def refuse_stale(request: Request, generation: Generation) -> None:
    """Raises PreconditionFailed if If-Match is there and names another version."""
    expected = request.headers.get("If-Match", "*").strip()
    if expected != "*" and etag_of(generation) not in ENTITY_TAG.findall(expected):
        raise PreconditionFailed


def seconds_to_wait(request: Request, *, query: Mapping[str, Any]) -> int:
    """From `?wait=` or `Prefer: wait=`, at most a minute.

    A preference that makes no sense is ignored, as RFC 7240 asks.
    """
    if "wait" in query:
        return int(query["wait"])
    for preference in request.headers.get("Prefer", "").split(","):
        match = WAIT.fullmatch(preference.split(";")[0].strip())
        if match:
            return min(int(match[1]), LONGEST_WAIT)
    return 0
