"""Layer 1, input, of tokens: only sane ones go on. It may refuse, never grant."""

import re
from typing import Final

from authorization.deliberation import Admission
from authorization.errors import TokenInvalid
from authorization.refusals import recording_disbelief

LONGEST_TOKEN: Final = 4096
TOKEN_CHARACTERS: Final = re.compile(r"[A-Za-z0-9_.\-]+")


def refuse_malformed(admission: Admission) -> Admission:
    """A token of impossible length or alphabet is refused before any key touches it."""
    token = admission.attempt.token
    if token is not None and (len(token) > LONGEST_TOKEN or not TOKEN_CHARACTERS.fullmatch(token)):
        with recording_disbelief(admission.attempt):
            raise TokenInvalid
    return admission
