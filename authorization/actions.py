"""The vocabulary of what can be asked.

Features declare their own actions as `resource:verb`; the engine knows none of them.
"""

from dataclasses import dataclass

from authorization.roles import Permission, Role
from authorization.scopes import Scope


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a view does.

    `permission` is what it needs on the resource it names; on teams and projects it is a `least_role` instead. With
    neither, being signed in is enough: no resource exists yet, or the view authorizes each resource itself, in the call
    that fetches it. What needs a role is done to what is available only; with `is_for_archived` also to what is
    archived, by who still sees it. `scope` is what an API key needs; without one no key reaches the action.
    """

    resource: str
    verb: str
    permission: Permission | None = None
    least_role: Role | None = None
    is_for_archived: bool = False
    scope: Scope | None = None

    def __str__(self) -> str:
        return f"{self.resource}:{self.verb}"
