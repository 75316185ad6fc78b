"""What other services can do here, all within one scope."""

from typing import Final

from authorization.actions import Action
from authorization.scopes import Scope

EVALUATE: Final = Action("access", "evaluate", scope=Scope.EVALUATE)
SEARCH: Final = Action("access", "search", scope=Scope.EVALUATE)
# Here the caller is the person at the gateway; the gateway itself shows a key with the scope.
FORWARD: Final = Action("access", "forward")
