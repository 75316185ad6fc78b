"""The words in which views declare themselves. Kept apart from the view class, which DRF cannot load so early."""

from dataclasses import dataclass
from typing import Any, Final

from rest_framework.serializers import BaseSerializer

PUBLIC: Final = "public"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a method answers when all goes well. No serializer means no body."""

    status: int = 200
    serializer: type[BaseSerializer[Any]] | None = None
    is_list: bool = False
