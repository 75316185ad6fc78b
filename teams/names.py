"""Names of teams and projects: one line that looks like what it is, and the slug made from it."""

import unicodedata
from collections.abc import Container
from itertools import count
from typing import Final

from django.utils.text import slugify

from velro.errors import FieldProblem, InvalidInput

LONGEST_NAME: Final = 100
LONGEST_SLUG: Final = 90
SLUG_OF_OTHER_SCRIPTS: Final = "team"
# Controls, formats (zero width, direction), surrogates, private use, unassigned, line and paragraph separators.
UNSEEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters and marks that show nothing: joiner, fillers, inherent vowels, blank braille.
UNSEEN_LETTERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def acceptable_name(text: str, *, pointer: str = "/name") -> str:
    """In normal form (NFC), without space around it. Raises InvalidInput at `pointer`."""
    name = unicodedata.normalize("NFC", text).strip()
    if any(unicodedata.category(character) in UNSEEN_CATEGORIES or character in UNSEEN_LETTERS for character in name):
        raise InvalidInput(errors=[FieldProblem(pointer, "unseen_character", "Use characters that can be seen.")])
    if not name:
        raise InvalidInput(errors=[FieldProblem(pointer, "blank", "Give it a name.")])
    if len(name) > LONGEST_NAME:
        raise InvalidInput(errors=[FieldProblem(pointer, "max_length", f"Use at most {LONGEST_NAME} characters.")])
    return name


def free_slug(name: str, *, taken: Container[str]) -> str:
    """Of a name in Latin letters the name, else a word; with the first free number if somebody else has it."""
    slug = slugify(name)[:LONGEST_SLUG].strip("-_") or SLUG_OF_OTHER_SCRIPTS
    numbered = (slug if number == 1 else f"{slug}-{number}" for number in count(1))
    return next(candidate for candidate in numbered if candidate not in taken)
