"""Layer 1, input: only canonical, random UUID v4 ids go on. It may refuse, never grant."""

import re
from typing import Final
from uuid import UUID

CANONICAL_UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
# 30 of the 32 digits of a version 4 id are random: fewer than 6 different ones come up once in 10^9 ids.
FEWEST_DIFFERENT_DIGITS = 6
IS_CANONICAL: Final = re.compile(CANONICAL_UUID4).fullmatch


def parse_resource_id(text: str) -> UUID:
    """A lower-case, hyphenated, random-looking UUID v4.

    Raises ValueError for any other spelling, version or pattern.
    """
    if not IS_CANONICAL(text):
        raise ValueError("not a canonical UUID v4")
    # With the hyphen.
    if len(set(text)) <= FEWEST_DIFFERENT_DIGITS:
        raise ValueError("not a random UUID v4")
    return UUID(int=int(text.replace("-", ""), 16))
