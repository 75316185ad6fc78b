"""How long a client would like to wait for an end state: `?wait=` or `Prefer: wait` (RFC 7240)."""

import re
from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from generations.serializers.inputs import LONGEST_WAIT

WAIT = re.compile(r"wait\s*=\s*\"?(\d{1,9})\"?", re.IGNORECASE)


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
