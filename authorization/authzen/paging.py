"""Tokens of the next page: signed, good for an hour, and for the same question of the same caller only."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.core import signing

from authorization.facts import Principal
from velro.errors import FieldProblem, InvalidInput

TOKEN_LIFE_SECONDS: Final = 3600
DEFAULT_LIMIT: Final = 100
LARGEST_LIMIT: Final = 1000


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of the results: `limit` of those above `after`, by id. `binding` is the question they belong to."""

    after: str
    limit: int
    binding: str

    def token_after(self, last_id: str) -> str:
        """Asks for what follows this id."""
        return signing.dumps({"after": last_id, "limit": self.limit}, salt=self.binding)


def read_page(kind: str, body: Any, *, page: Mapping[str, Any], asked_by: Principal) -> Page:
    """The page that a search asks for, of which `body` is the whole object that was sent.

    Raises InvalidInput for a token that belongs to anything else.
    """
    binding = _binding(kind, body, asked_by=asked_by)
    limit = page.get("limit")
    if "token" not in page:
        return Page(after="", limit=min(limit or DEFAULT_LIMIT, LARGEST_LIMIT), binding=binding)
    try:
        place = signing.loads(page["token"], salt=binding, max_age=TOKEN_LIFE_SECONDS)
    except signing.BadSignature as error:
        raise _unusable(
            "token", "Use a token with the request that it was given for, unchanged, within an hour."
        ) from error
    if limit is not None and min(limit, LARGEST_LIMIT) != place["limit"]:
        raise _unusable("limit", "The limit stays that of the first page, or is left out.")
    return Page(after=place["after"], limit=place["limit"], binding=binding)


def _binding(kind: str, body: Any, *, asked_by: Principal) -> str:
    """All that a token is bound to, in one unambiguous text: JSON of a list cannot be read in two ways."""
    question = {name: value for name, value in body.items() if name != "page"}
    whole = json.dumps([kind, str(asked_by.user_id), question], sort_keys=True)
    return "authzen.page:" + hashlib.sha256(whole.encode()).hexdigest()


def _unusable(name: str, message: str) -> InvalidInput:
    return InvalidInput(errors=[FieldProblem(f"/page/{name}", f"invalid_{name}", message)])
