"""The words in which views declare themselves. Kept apart from the view class, which DRF cannot load so early."""

from dataclasses import dataclass
from typing import Any, Final

from rest_framework.serializers import BaseSerializer

PUBLIC: Final = "public"


@dataclass(frozen=True, slots=True)
class Header:
    """A header that a method reads or answers. What is sent has to match `pattern`, or it is refused."""

    name: str
    meaning: str
    pattern: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method answers when all goes well. Neither serializer nor media types mean no body.

    `media_types` are of an answer that is no JSON; `variants` are the other statuses that it may have.
    """

    status: int = 200
    serializer: type[BaseSerializer[Any]] | None = None
    is_list: bool = False
    headers: tuple[Header, ...] = ()
    media_types: tuple[str, ...] = ()
    variants: tuple[int, ...] = ()
