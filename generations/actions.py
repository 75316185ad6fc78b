"""What can be done with generations."""

from typing import Final

from authorization.actions import Action
from authorization.roles import Permission

RESOURCE: Final = "generation"
DELETED: Final = "deleted_generation"

LIST = Action(RESOURCE, "list")
CREATE = Action(RESOURCE, "create")
ESTIMATE = Action(RESOURCE, "estimate")
LIST_MODELS = Action("model", "list")
# Asking about a right needs no right: the answer of a denial is that of an unknown id.
AUTHORIZE = Action(RESOURCE, "authorize")
# The view authorizes these itself, in the call that fetches the generation.
OPEN = Action(RESOURCE, "open")

READ = Action(RESOURCE, "read", Permission.READ)
WRITE = Action(RESOURCE, "write", Permission.WRITE)
SHARE = Action(RESOURCE, "share", Permission.SHARE)
DELETE = Action(RESOURCE, "delete", Permission.DELETE)
# Who may see it may ask; what can be passed on is only what they hold themselves.
DELEGATE = Action(RESOURCE, "delegate", Permission.READ)

RESTORE_DELETED = Action(DELETED, "restore", Permission.DELETE)

BY_PERMISSION: Final = {Permission(action.verb): action for action in (READ, WRITE, SHARE, DELETE)}
