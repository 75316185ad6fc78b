"""An answer of the size of a decision, for what Velro is compared with."""

from collections.abc import Mapping
from typing import Any, Final

import orjson

DECISION: Final[Mapping[str, Any]] = {
    "access_granted": True,
    "access_method": "team",
    "effective_role": "member",
    "permissions": ["read", "write"],
    "response_time_ms": 0.05,
    "cache_hit": True,
}
BODY: Final = orjson.dumps(DECISION)
