"""One file per aggregate."""

from accounts.models.api_key import ApiKey
from accounts.models.session import EndReason, Session
from accounts.models.signing_key import KeyState, SigningKey
from accounts.models.user import AccountStatus, User

__all__ = ["AccountStatus", "ApiKey", "EndReason", "KeyState", "Session", "SigningKey", "User"]
