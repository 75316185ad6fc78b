"""What a signed-in person can do to their own account. None needs a permission: the caller is the subject."""

from authorization.actions import Action

READ_PROFILE = Action("profile", "read")
UPDATE_PROFILE = Action("profile", "update")
CHANGE_PASSWORD = Action("password", "change")
SIGN_OUT = Action("session", "sign_out")
LIST_SESSIONS = Action("session", "list")
END_SESSION = Action("session", "end")
LIST_API_KEYS = Action("api_key", "list")
ISSUE_API_KEY = Action("api_key", "issue")
REVOKE_API_KEY = Action("api_key", "revoke")
