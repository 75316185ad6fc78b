"""The vocabulary of what can be asked.

Features declare their own actions as `resource:verb`; the engine knows none of them.
"""

from dataclasses import dataclass
from enum import StrEnum


class Permission(StrEnum):
    """What a person can hold on one resource."""

    READ = "read"
    WRITE = "write"
    SHARE = "share"
    DELETE = "delete"


ALL_PERMISSIONS = frozenset(Permission)


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a view does.

    `permission` is what it needs on the resource it names; None means that being signed in is enough, either because no
    resource exists yet or because the view authorizes each resource itself, in the call that fetches it.
    """

    resource: str
    verb: str
    permission: Permission | None = None

    def __str__(self) -> str:
        return f"{self.resource}:{self.verb}"
