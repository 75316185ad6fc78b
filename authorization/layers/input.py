"""Layer 1, input: only canonical, random UUID v4 ids and sane headers go on. It may refuse, never grant."""

import re
from uuid import UUID

from authorization.deliberation import Admission
from authorization.errors import TokenInvalid

CANONICAL_UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
LONGEST_TOKEN = 4096
TOKEN_CHARACTERS = re.compile(r"[A-Za-z0-9_.\-]+")
# 30 of the 32 digits of a version 4 id are random: fewer than 6 different ones come up once in 10^9 ids.
FEWEST_DIFFERENT_DIGITS = 6


def parse_resource_id(text: str) -> UUID:
    """A lower-case, hyphenated, random-looking UUID v4.

    Raises ValueError for any other spelling, version or pattern.
    """
    if not re.fullmatch(CANONICAL_UUID4, text):
        raise ValueError("not a canonical UUID v4")
    if len(set(text) - {"-"}) < FEWEST_DIFFERENT_DIGITS:
        raise ValueError("not a random UUID v4")
    return UUID(text)


def refuse_malformed(admission: Admission) -> Admission:
    """A token of impossible length or alphabet is refused before any key touches it."""
    token = admission.attempt.token
    if token is not None and (len(token) > LONGEST_TOKEN or not TOKEN_CHARACTERS.fullmatch(token)):
        raise TokenInvalid
    return admission
