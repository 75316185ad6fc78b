"""What PostgreSQL can keep: JSON allows text and numbers that jsonb refuses, and FAL and clients may send them."""

import json
from typing import Any


def is_storable(value: Any) -> bool:
    """Whether `value` has no NUL character, lone surrogate, NaN or infinity anywhere."""
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except (ValueError, RecursionError):
        return False
    # A backslash of the value itself is written as two, so a single one before u0000 is the escape of NUL.
    return "\\u0000" not in text.replace("\\\\", "")


def storable_text(text: str) -> str:
    """The text without what cannot be kept."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")
